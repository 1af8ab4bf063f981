using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>The files of a root file system that tell users and groups: <c>/etc/passwd</c> and <c>/etc/group</c>.</summary>
/// <param name="Passwd">passwd(5); empty when the root has none.</param>
/// <param name="Group">group(5); empty when the root has none.</param>
internal sealed record AccountFiles(string Passwd, string Group)
{
    /// <summary>Longest file that is read. A longer one is an attack on the daemon's memory.</summary>
    public const int LimitBytes = 10 << 20;

    /// <summary>No users and no groups.</summary>
    public static AccountFiles None { get; } = new("", "");

    /// <summary>Reads the files of a root. Links in it lead nowhere outside, and only regular files are read.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a file is something else than a regular file, or too long.</exception>
    public static AccountFiles Read(FdHandle root) => new(Read(root, "etc/passwd"), Read(root, "etc/group"));

    private static string Read(FdHandle root, string path)
    {
        // Without O_NONBLOCK a fifo of that name would hold the daemon for ever.
        Errno errno = Files.TryOpenAt2(root.Fd, path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY,
            ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS, out FdHandle? file);
        if (errno is Errno.ENOENT or Errno.ENOTDIR) return "";
        errno.ThrowIfError("open in the container", "/" + path);
        using (file)
        {
            Files.TryStatus(file!.Fd, out FileStatus status).ThrowIfError("stat in the container", "/" + path);
            if ((status.Mode & FileStatus.S_IFMT) != FileStatus.S_IFREG) throw new KeelsonException(ErrorKind.InvalidArgument, $"read /{path} in the container: it is no regular file");
            if (status.Size > LimitBytes) throw TooLong(path);
            byte[] contents = new byte[(int)status.Size + 1];
            int length = 0;
            while (true)
            {
                // A file that grows meanwhile is read no further than the limit.
                if (length == contents.Length)
                {
                    if (length > LimitBytes) throw TooLong(path);
                    Array.Resize(ref contents, Math.Min(length * 2, LimitBytes + 1));
                }
                Files.TryRead(file.Fd, contents.AsSpan(length), out int count).ThrowIfError("read in the container", "/" + path);
                if (count == 0) return Encoding.UTF8.GetString(contents, 0, length);
                length += count;
            }
        }
    }

    private static KeelsonException TooLong(string path) => new(ErrorKind.InvalidArgument, $"read /{path} in the container: it is longer than {LimitBytes} bytes");
}
