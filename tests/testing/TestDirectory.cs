using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>The directory of this test run: <c>/dev/shm/keelson-test-PID</c>, a tmpfs. It goes when the program ends.</summary>
/// <remarks>A run that was killed cannot tidy up; the next run removes its directory and its cgroups.</remarks>
public static class TestDirectory
{
    private const string Parent = "/dev/shm", Prefix = "keelson-test-";
    private static int last;

    static TestDirectory()
    {
        foreach (string directory in Directory.EnumerateDirectories(Parent, Prefix + "*"))
            if (IsLeftBehind(directory))
                RemoveLeftBehind(directory);
        foreach (string hierarchy in CgroupTree.Hierarchies)
            foreach (string directory in Directory.EnumerateDirectories(hierarchy, Prefix + "*"))
                if (IsLeftBehind(directory))
                    CgroupTree.Remove(directory);
        Directory.CreateDirectory(Root);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            foreach (string hierarchy in CgroupTree.Hierarchies) CgroupTree.Remove(hierarchy + "/" + Name);
            Remove(Root);
        };
    }

    /// <summary>The run's name, unique on this machine: <c>keelson-test-PID</c>.</summary>
    public static string Name { get; } = Prefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <summary>The run's directory; everybody may enter it.</summary>
    public static string Root { get; } = Parent + "/" + Name;

    /// <summary>Makes a fresh directory, which its maker removes.</summary>
    /// <param name="name">A word for people who look at it.</param>
    public static string Make(string name)
    {
        string path = $"{Root}/{Interlocked.Increment(ref last)}-{name}";
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Removes a directory and what is in it, without following links; mounts inside make it fail.</summary>
    public static void Remove(string path)
    {
        if (!Directory.Exists(path)) return;
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (IOException)
        {
            // .NET cannot remove a name that is not UTF-8. What rm leaves, such as a mount, makes the second try fail.
            using System.Diagnostics.Process rm = System.Diagnostics.Process.Start("rm", ["-rf", "--one-file-system", "--", path]);
            rm.WaitForExit();
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>What another run left is no fault of this one: a mount that stays, or a run beside this one that removes it too.</summary>
    private static void RemoveLeftBehind(string directory)
    {
        try
        {
            foreach (string mount in File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4]).Where(path => path.StartsWith(directory + "/", StringComparison.Ordinal)).Reverse())
                _ = Mounts.TryUnmount(mount, UnmountFlags.MNT_DETACH);
            Remove(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"left behind by a killed run and not removed: {directory}: {e.Message}");
        }
    }

    /// <summary>Sets the permission bits of a file or directory.</summary>
    public static void SetMode(string path, uint mode)
    {
        Files.TryOpen(path, OpenFlags.O_RDONLY, out FdHandle? handle).ThrowIfError("open", path);
        using (handle) Files.TryChangeMode(handle!.Fd, mode).ThrowIfError("chmod", path);
    }

    private static bool IsLeftBehind(string directory) =>
        int.TryParse(Path.GetFileName(directory)[Prefix.Length..], out int pid) && Processes.TryKill(pid, 0) == Errno.ESRCH;
}
