using System.Diagnostics;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups.Tests;

/// <summary>A group of its own on this machine, with child processes in it; all are gone when it is disposed.</summary>
internal sealed class LiveCgroup : IDisposable
{
    private static int number;
    private readonly List<Process> children = [];

    public LiveCgroup(LinuxResources? resources = null, CgroupOptions? options = null)
    {
        Path = $"/{TestDirectory.Name}/{Interlocked.Increment(ref number)}";
        Group = Cgroup.Create(CgroupLayout.Detect(), CgroupPath.Parse(Path), resources, options ?? new CgroupOptions());
    }

    public string Path { get; }

    public Cgroup Group { get; }

    /// <summary>The directory in the hierarchy of a controller.</summary>
    public string Directory(string controller)
    {
        foreach ((string controllers, string directory) in Group.Directories)
            if (controllers.Split(',').Contains(controller) || controllers.Length == 0)
                return directory;
        throw new InvalidOperationException("no " + controller);
    }

    public string Read(string controller, string file) => File.ReadAllText(Directory(controller) + "/" + file).TrimEnd('\n');

    /// <summary>Starts a shell that waits for one line, puts it into the group, and then lets it go on with a script.</summary>
    public Process Run(string script)
    {
        ProcessStartInfo info = new("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        info.ArgumentList.Add("-c");
        info.ArgumentList.Add("read go; " + script);
        Process child = Process.Start(info)!;
        children.Add(child);
        Group.Attach(child.Id);
        child.StandardInput.WriteLine("go");
        child.StandardInput.Flush();
        return child;
    }

    /// <summary>Runs a script in the group to its end.</summary>
    public (int Code, string Output) RunToEnd(string script)
    {
        Process child = Run(script);
        string output = child.StandardOutput.ReadToEnd() + child.StandardError.ReadToEnd();
        child.WaitForExit();
        return (child.ExitCode, output);
    }

    /// <summary>Waits until something holds; a test that waits in vain fails.</summary>
    public static void Until(Func<bool> holds, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30), "in vain: " + what);
            Clock.Pause(2000);
        }
    }

    public void Dispose()
    {
        Group.KillAll(Signals.SIGKILL);
        foreach (Process child in children)
        {
            child.WaitForExit();
            child.Dispose();
        }
        Group.Remove();
    }
}
