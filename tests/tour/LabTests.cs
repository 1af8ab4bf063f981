using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Tour.Tests;

/// <summary>The labs of docs/tour, typed line by line. A line must succeed, unless its comment begins with <c>fails:</c> and says how it fails.</summary>
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

    private void Type(string page)
    {
        List<LabCommand> lab = LabCommand.Read(File.ReadAllText($"{Repository.Root}/docs/tour/{page}"));
        Assert.NotEmpty(lab);
        List<string> wrong = [];
        using LabSession session = new(directory, directory + "/programs");
        foreach (LabCommand command in lab)
        {
            (string output, int? status) = session.Type(command.Text);
            bool isRight = command.Failure is { } failure ? status is not (null or 0) && output.Contains(failure, StringComparison.Ordinal) : status is null or 0;
            if (!isRight) wrong.Add($"{command.Text}: {output}: status {status}");
        }
        Assert.Empty(wrong);
    }

    /// <summary>Programs that were started for the lab's daemon and outlived it.</summary>
    private int[] Shims() =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
            .Where(pid => Files.TryReadAll($"/proc/{pid}/cmdline", out ReadOnlyMemory<byte> line) == Errno.None && Encoding.UTF8.GetString(line.Span).Contains(directory + "/lab/state", StringComparison.Ordinal)),
    ];
}
