using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Daemon;

/// <summary>The two directories of a daemon, and the lock that lets one daemon at a time have them.</summary>
/// <remarks>
/// Others may pass through, for a socket or a mount of theirs, and not look around: mode 0711, also for a directory that was there with more
/// (CVE-2021-41103, CVE-2024-25621).
/// </remarks>
internal sealed class DaemonDirectories : IDisposable
{
    private const uint DirectoryMode = 0b111_001_001, FileMode = 0b110_000_000;
    private readonly FdHandle rootLock;

    private DaemonDirectories(FdHandle rootLock) => this.rootLock = rootLock;

    /// <summary>Makes the directories and takes the lock.</summary>
    /// <exception cref="KeelsonException">Unavailable: another daemon has the root directory.</exception>
    public static DaemonDirectories Take(DaemonOptions options)
    {
        Make(options.Root);
        Make(options.State);
        string path = options.Root + "/daemon.lock";
        FdHandle handle = Files.Open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_NOFOLLOW, FileMode);
        Errno errno = Files.TryLock(handle.Fd, LockOperation.Exclusive | LockOperation.NonBlocking);
        if (errno == Errno.None)
        {
            MakeInstalled(options.Installed);
            return new(handle);
        }
        handle.Dispose();
        throw errno == Errno.EAGAIN ? new KeelsonException(ErrorKind.Unavailable, $"lock {path}: another keelsond runs on {options.Root}") : new LinuxException("lock", path, errno);
    }

    /// <summary>The engine's name, made when it has none.</summary>
    /// <exception cref="KeelsonException">The file cannot be read or written.</exception>
    public static string Uuid(string root)
    {
        string path = root + "/uuid";
        if (Files.TryReadAll(path, out ReadOnlyMemory<byte> text, limitBytes: 4096) == Errno.None && Guid.TryParse(Encoding.UTF8.GetString(text.Span).Trim(), out Guid known)) return known.ToString();
        string made = Guid.NewGuid().ToString();
        Files.WriteFile(path + ".new", Encoding.UTF8.GetBytes(made + "\n"), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC | OpenFlags.O_NOFOLLOW, FileMode);
        Files.TryRename(path + ".new", path).ThrowIfError("rename", path);
        return made;
    }

    /// <summary>Lets the lock go.</summary>
    public void Dispose() => rootLock.Dispose();

    /// <summary>What is installed there is found before what the machine has, by the daemon, by shims, and by what they start.</summary>
    private static void MakeInstalled(string path)
    {
        foreach ((string folder, string variable) in (ReadOnlySpan<(string, string)>)[("bin", "PATH"), ("lib", "LD_LIBRARY_PATH")])
        {
            string directory = $"{path}/{folder}";
            Files.TryMakeDirectories(directory, DirectoryMode).ThrowIfError("make directory", directory);
            Environment.SetEnvironmentVariable(variable, Environment.GetEnvironmentVariable(variable) is { Length: > 0 } others ? $"{directory}:{others}" : directory);
        }
    }

    private static void Make(string path)
    {
        Files.TryMakeDirectories(path, DirectoryMode).ThrowIfError("make directory", path);
        Files.TryChangeMode(path, DirectoryMode).ThrowIfError("chmod", path);
    }
}
