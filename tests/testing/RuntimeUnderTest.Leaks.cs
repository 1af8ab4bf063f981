using Keelson.Linux.Sys;
using Xunit;

namespace Keelson.Testing;

public sealed partial class RuntimeUnderTest
{
    /// <summary>Deletes the containers that are left, then fails the test if the runtime left something behind.</summary>
    public void Dispose()
    {
        List<string> left = [];
        foreach (ChildProcess child in children) child.Dispose();
        foreach (int pid in adopted) _ = Processes.TryKill(pid, Signals.SIGKILL);
        foreach (string id in ids)
        {
            if (!HasState(id)) continue;
            // The first process of a PID namespace ends after the others in it were reaped, and those that were left by exec are children of this program.
            using ChildProcess delete = ChildProcess.Start(Line(["delete", "--force", id]), Surroundings(new CommandOptions()));
            Condition.Await("the end of delete", () =>
            {
                ReapAll();
                return delete.HasEnded;
            });
            CommandResult deleted = delete.WaitForEnd();
            if (deleted.ExitCode != 0) left.Add("a container that cannot be deleted: " + deleted);
        }
        Condition.Await("the end of all containers", ReapAll);
        left.AddRange(FindLeaks());
        CleanUp();
        Assert.True(left.Count == 0, "left behind: " + string.Join('\n', left));
    }

    private bool ReapAll()
    {
        bool all = true;
        foreach (TestContainer container in containers) all &= container.TryReap();
        adopted.RemoveAll(pid => Processes.TryWait(pid, out _, out int ended, noHang: true) == Linux.Errno.ECHILD || ended == pid);
        return all && adopted.Count == 0;
    }

    /// <summary>What there is of this test's containers: state, mounts, cgroups, processes.</summary>
    public IReadOnlyList<string> FindLeaks()
    {
        List<string> left = [];
        foreach (string id in ids)
            if (HasState(id))
                left.Add($"state of {id}");
        foreach (MountEntry mount in MountEntry.ReadAll())
            if (mount.Target.StartsWith(WorkDirectory + "/", StringComparison.Ordinal) || mount.Target.StartsWith(BusyboxRootfs.Shared, StringComparison.Ordinal))
                left.Add($"mount {mount}");
        foreach (string cgroup in CgroupTree.Below(Cgroup)) left.Add("cgroup " + cgroup);
        foreach (int pid in FindProcesses()) left.Add($"process {pid}: {CommandLine(pid)}");
        return left;
    }

    private bool HasState(string id) => Directory.Exists(StateDirectory) && Directory.EnumerateFileSystemEntries(StateDirectory, id + "*").Any();

    /// <summary>The processes that carry the test's mark, without those that have ended and wait to be reaped.</summary>
    private IEnumerable<int> FindProcesses()
    {
        byte[] mark = System.Text.Encoding.UTF8.GetBytes(Mark + "\0");
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), out int pid)
                && Files.TryReadAll(directory + "/environ", out ReadOnlyMemory<byte> environment) == Linux.Errno.None
                && environment.Span.IndexOf(mark) >= 0)
                yield return pid;
    }

    private static string CommandLine(int pid) =>
        Files.TryReadAll($"/proc/{pid}/cmdline", out ReadOnlyMemory<byte> text) == Linux.Errno.None
            ? System.Text.Encoding.UTF8.GetString(text.Span).Replace('\0', ' ')
            : "gone";

    // After a failed test, so that the next ones are not disturbed. Everything here is known to be this test's.
    private void CleanUp()
    {
        foreach (int pid in FindProcesses()) _ = Processes.TryKill(pid, Signals.SIGKILL);
        foreach (MountEntry mount in MountEntry.ReadAll().Reverse())
            if (mount.Target.StartsWith(WorkDirectory + "/", StringComparison.Ordinal))
                ChildProcess.Run(["umount", "-l", mount.Target]);
        foreach (string hierarchy in CgroupTree.Hierarchies) CgroupTree.Remove(hierarchy + Cgroup);
        TestDirectory.Remove(WorkDirectory);
    }
}
