using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Testing.Labs;

namespace Keelson.Tour.Tests;

/// <summary>The labs of docs/tour; that of machine.md is typed in a guest.</summary>
public sealed class LabTests : IDisposable
{
    private readonly string directory = TestDirectory.Make("lab");

    public void Dispose() => TestDirectory.Remove(directory);

    [PublishedFact]
    public void The_commands_of_the_runtimes_lab_do_what_it_says()
    {
        string wrapper = Directory.CreateDirectory(directory + "/programs").FullName + "/keelson-runtime";
        File.WriteAllText(wrapper, $"#!/bin/sh\nexec {Repository.PublishedRuntime} --root {directory}/state \"$@\"\n");
        TestDirectory.SetMode(wrapper, 0b111_101_101);

        Type("runc.md");

        Assert.Empty(Directory.EnumerateFileSystemEntries(directory + "/state"));
    }

    [DaemonFact]
    public void The_commands_of_the_engines_lab_do_what_it_says() => TypeWithEngine("containerd.md");

    [DaemonFact]
    public void The_commands_of_the_networks_lab_do_what_it_says() => TypeWithEngine("libnetwork.md");

    [DaemonFact]
    public void The_commands_of_dockers_lab_do_what_it_says() => TypeWithEngine("docker.md");

    [SampleFact]
    public void The_commands_of_the_registrys_lab_do_what_it_says()
    {
        Directory.CreateDirectory(directory + "/programs");
        File.CreateSymbolicLink(directory + "/programs/keelsond", Repository.PublishedDaemon);

        Type("registry.md");
    }

    [SampleFact]
    public void The_commands_of_notarys_lab_do_what_it_says()
    {
        Directory.CreateDirectory(directory + "/programs");
        foreach (string program in (string[])[Repository.PublishedDaemon, Repository.PublishedCli]) File.CreateSymbolicLink($"{directory}/programs/{Path.GetFileName(program)}", program);

        Type("notary.md");
    }

    private void TypeWithEngine(string page)
    {
        Directory.CreateDirectory(directory + "/programs");
        foreach (string program in (string[])[Repository.PublishedDaemon, Repository.PublishedCli, Repository.PublishedShim, Repository.PublishedRuntime, Repository.PublishedCni])
            File.CreateSymbolicLink($"{directory}/programs/{Path.GetFileName(program)}", program);
        try
        {
            Type(page);

            Assert.DoesNotContain(directory, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
            Condition.Await("the shims end", () => Shims().Length == 0);
        }
        finally
        {
            foreach (int pid in Shims()) _ = Processes.TryKill(pid, Signals.SIGKILL);
            foreach (string tree in CgroupTree.Hierarchies) CgroupTree.Remove(tree + "/keelson-lab");
        }
    }

    private void Type(string page) => Lab.Type(page, directory, directory + "/programs");

    /// <summary>Programs that were started for the lab's daemon and outlived it.</summary>
    private int[] Shims() =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
            .Where(pid => Files.TryReadAll($"/proc/{pid}/cmdline", out ReadOnlyMemory<byte> line) == Errno.None && Encoding.UTF8.GetString(line.Span).Contains(directory + "/lab/state", StringComparison.Ordinal)),
    ];
}
