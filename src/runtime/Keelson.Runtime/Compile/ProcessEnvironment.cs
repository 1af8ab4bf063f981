using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Compile;

/// <summary>The variables of a container's process: the configured ones and those that callers expect besides.</summary>
internal static class ProcessEnvironment
{
    private const int MaximumPasswdBytes = 4 << 20;

    /// <summary>Adds <c>HOME</c> when it is missing, and <c>LISTEN_FDS</c> with <c>LISTEN_PID</c> when sockets are handed on. sd_listen_fds(3).</summary>
    /// <param name="configured">As in the configuration; the last of several values of a variable wins.</param>
    /// <param name="uid">The process's user.</param>
    /// <param name="root">Directory whose <c>etc/passwd</c> knows the user.</param>
    /// <param name="listenFds">Number of sockets that the runtime itself got.</param>
    public static string[] Complete(string[] configured, uint uid, string root, int listenFds)
    {
        bool needsHome = !Array.Exists(configured, v => v.StartsWith("HOME=", StringComparison.Ordinal) && v.Length > 5);
        if (!needsHome && listenFds == 0) return configured;
        List<string> complete = [.. configured];
        if (needsHome) complete.Add("HOME=" + Home(uid, root));
        if (listenFds > 0)
        {
            complete.Add("LISTEN_FDS=" + listenFds.ToString(CultureInfo.InvariantCulture));
            complete.Add("LISTEN_PID=1");
        }
        return [.. complete];
    }

    /// <summary>The home directory of a user in a container's <c>/etc/passwd</c>; <c>/</c> when it is not there. passwd(5).</summary>
    private static string Home(uint uid, string root)
    {
        if (Files.TryOpen(root, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, out FdHandle? directory) != Errno.None) return "/";
        using (directory)
        {
            Errno errno = Files.TryOpenAt2(directory!.Fd, "etc/passwd", OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS, out FdHandle? file);
            if (errno != Errno.None) return "/";
            using (file)
            {
                if (Files.TryStatus(file!.Fd, out FileStatus status) != Errno.None || (status.Mode & FileStatus.S_IFMT) != FileStatus.S_IFREG) return "/";
                if (Files.TryReadAll(file.Fd, out ReadOnlyMemory<byte> text, MaximumPasswdBytes) != Errno.None) return "/";
                return Home(text.Span, uid) ?? "/";
            }
        }
    }

    private static string? Home(ReadOnlySpan<byte> passwd, uint uid)
    {
        while (!passwd.IsEmpty)
        {
            int end = passwd.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? passwd : passwd[..end];
            passwd = end < 0 ? default : passwd[(end + 1)..];
            Span<Range> fields = stackalloc Range[8];
            int count = Split(line, fields);
            if (count < 6 || !uint.TryParse(line[fields[2]], NumberStyles.None, CultureInfo.InvariantCulture, out uint id) || id != uid) continue;
            return line[fields[5]].IsEmpty ? "/" : Encoding.UTF8.GetString(line[fields[5]]);
        }
        return null;
    }

    private static int Split(ReadOnlySpan<byte> line, Span<Range> fields)
    {
        int count = 0, start = 0;
        for (int i = 0; i <= line.Length && count < fields.Length; i++)
        {
            if (i < line.Length && line[i] != (byte)':') continue;
            fields[count++] = start..i;
            start = i + 1;
        }
        return count;
    }
}
