using System.Buffers.Text;
using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Proc;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Criu;

/// <summary>Standard streams that lead out of the container: images name them, and a restore puts its own in their places.</summary>
/// <remarks>A pipe has a name by itself. A fifo or a file of the host is in none of the container's mounts, and criu has to be told that it stays outside.</remarks>
internal static class CriuStreams
{
    private const string FilePrefix = "file[";

    /// <summary>The names of the three streams of a running process, as images have them; empty for one that is closed.</summary>
    public static string[] NamesOf(int pid)
    {
        HashSet<int> own = [];
        MountInfo mounts = new(Files.ReadAll($"/proc/{pid}/mountinfo").Span);
        while (mounts.TryNext(out MountInfoLine mount)) own.Add(mount.Id);
        string[] names = new string[3];
        for (int stream = 0; stream < names.Length; stream++) names[stream] = NameOf(pid, stream, own);
        return names;
    }

    /// <summary>Whether a name is that of a file or fifo of the host. criu(8) "--external file".</summary>
    public static bool IsFile(string name) => name.StartsWith(FilePrefix, StringComparison.Ordinal);

    /// <summary>The streams that a restore replaces: their names and its descriptors. Of several that are one file the first counts.</summary>
    public static IEnumerable<(string Name, int Stream)> Replaced(string[] names)
    {
        for (int stream = 0; stream < names.Length; stream++)
            if ((names[stream].Contains("pipe:", StringComparison.Ordinal) || IsFile(names[stream])) && Array.IndexOf(names, names[stream]) == stream)
                yield return (names[stream], stream);
    }

    private static string NameOf(int pid, int stream, HashSet<int> own)
    {
        string link = $"/proc/{pid}/fd/{stream}";
        Errno errno = Files.TryReadLink(link, out string name);
        if (errno == Errno.ENOENT) return "";
        errno.ThrowIfError("readlink", link);
        Files.TryStatus(link, out FileStatus status).ThrowIfError("stat", link);
        // Pipes have the type of fifos, and their names are no paths.
        if (name[0] != '/' || (status.Mode & FileStatus.S_IFMT) is not (FileStatus.S_IFIFO or FileStatus.S_IFREG)) return name;
        int mount = MountOf($"/proc/{pid}/fdinfo/{stream}");
        return own.Contains(mount) ? name : string.Create(CultureInfo.InvariantCulture, $"{FilePrefix}{mount:x}:{status.Inode:x}]");
    }

    /// <summary>The mount through which a file was opened. proc_pid_fdinfo(5).</summary>
    private static int MountOf(string information)
    {
        ReadOnlySpan<byte> text = Files.ReadAll(information).Span, field = "mnt_id:\t"u8;
        int start = text.IndexOf(field);
        if (start >= 0 && Utf8Parser.TryParse(text[(start + field.Length)..], out int mount, out _)) return mount;
        throw new KeelsonException(ErrorKind.Unsupported, $"read {information}: it names no mount");
    }
}
