using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Services;
using Keelson.Linux.Sys;

namespace Keelson.Daemon;

/// <summary>A listening unix socket that only its owner and group can open. It comes into being under another name, so nobody finds it with other permissions. Or the service manager's, which is as that made it, and stays.</summary>
internal sealed class SocketFile : IDisposable
{
    /// <summary>Owner and group, where nothing else is said.</summary>
    public const uint StandardMode = 0b110_110_000;

    private readonly string path;
    private readonly FdHandle listener;
    private readonly FileStatus? made;

    private SocketFile(string path, FdHandle listener, FileStatus? made)
    {
        this.path = path;
        this.listener = listener;
        this.made = made;
    }

    /// <summary>The listening socket, which stays this object's.</summary>
    public int Fd => listener.Fd;

    /// <summary>Makes the socket in place of a dead one.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="uid">Its owner.</param>
    /// <param name="gid">Its group.</param>
    /// <param name="mode">Its permission bits.</param>
    /// <param name="passed">Sockets of the service manager: one that listens there is taken as it is.</param>
    /// <exception cref="KeelsonException">Unavailable: somebody listens there. AlreadyExists: there is a file that is no socket.</exception>
    public static SocketFile Open(string path, uint uid, uint gid, uint mode = StandardMode, PassedSockets? passed = null)
    {
        if (passed?.TryTake(path) is { } taken) return new(path, taken, null);
        CheckDead(path);
        string directory = Path.GetDirectoryName(path)!;
        Files.TryMakeDirectories(directory, 0b111_001_001).ThrowIfError("make directory", directory);
        string temporary = string.Create(CultureInfo.InvariantCulture, $"{path}.{Processes.CurrentId}");
        _ = Files.TryUnlink(temporary);
        Sockets.TryListen(temporary, out FdHandle? listener).ThrowIfError("listen", path);
        try
        {
            Files.TryChangeMode(temporary, mode).ThrowIfError("chmod", temporary);
            Files.TryChangeOwner(temporary, uid, gid, followLink: false).ThrowIfError("chown", temporary);
            Files.TryStatus(temporary, out FileStatus made, followLink: false).ThrowIfError("stat", temporary);
            Files.TryRename(temporary, path).ThrowIfError("rename", temporary);
            return new(path, listener!, made);
        }
        catch
        {
            listener!.Dispose();
            _ = Files.TryUnlink(temporary);
            throw;
        }
    }

    /// <summary>Stops listening and removes the file, unless another one has taken its place.</summary>
    public void Dispose()
    {
        listener.Dispose();
        if (made is { } file && Files.TryStatus(path, out FileStatus now, followLink: false) == Errno.None && now.Inode == file.Inode && now.Device == file.Device) _ = Files.TryUnlink(path);
    }

    /// <summary>Makes sure that nobody listens.</summary>
    /// <exception cref="KeelsonException">Unavailable: somebody listens there. AlreadyExists: there is a file that is no socket.</exception>
    public static void CheckDead(string path)
    {
        Errno errno = Sockets.TryConnect(path, out FdHandle? connection);
        connection?.Dispose();
        if (errno == Errno.None) throw new KeelsonException(ErrorKind.Unavailable, $"listen {path}: another daemon listens there");
        if (errno is Errno.ENOENT) return;
        Files.TryStatus(path, out FileStatus status, followLink: false).ThrowIfError("stat", path);
        if ((status.Mode & 0xf000) != 0xc000) throw new KeelsonException(ErrorKind.AlreadyExists, $"listen {path}: there is a file that is no socket");
        if (errno != Errno.ECONNREFUSED) throw new LinuxException("connect", path, errno);
    }
}
