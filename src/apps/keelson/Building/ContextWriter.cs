using System.Text;
using Keelson.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Building;

/// <summary>Writes entries of a context: owner and group 0, as docker's client sends them, so that the same files give the same steps whoever has them.</summary>
internal sealed class ContextWriter(Stream target)
{
    private readonly TarWriter writer = new(target);
    private readonly byte[] buffer = new byte[64 << 10];

    /// <summary>Adds a file of this machine.</summary>
    public void Add(string path, string name, in FileStatus status)
    {
        switch (status.Mode & FileStatus.S_IFMT)
        {
            case FileStatus.S_IFDIR:
                writer.WriteEntry(Entry(name + "/", TarEntryType.Directory, status));
                break;
            case FileStatus.S_IFLNK:
                Files.TryReadLink(path, out string link).ThrowIfError("read link", path);
                writer.WriteEntry(Entry(name, TarEntryType.SymbolicLink, status, link: link));
                break;
            case FileStatus.S_IFREG:
                AddFile(path, name);
                break;
            default:
                // Neither sockets and fifos nor devices are anything that an image could use.
                break;
        }
    }

    /// <summary>Adds a file with these contents.</summary>
    public void AddFile(string name, byte[] contents)
    {
        writer.WriteEntry(new() { Name = Encoding.UTF8.GetBytes(name), Type = TarEntryType.RegularFile, Mode = 0b110_100_100, Size = contents.Length });
        writer.Write(contents);
    }

    /// <summary>Ends the archive.</summary>
    public void Finish() => writer.Finish();

    private void AddFile(string path, string name)
    {
        using FdHandle file = Files.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK);
        Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("read", path);
        writer.WriteEntry(Entry(name, TarEntryType.RegularFile, status, status.Size));
        for (long left = status.Size; left > 0;)
        {
            Files.TryRead(file.Fd, buffer.AsSpan(0, (int)Math.Min(buffer.Length, left)), out int count).ThrowIfError("read", path);
            if (count == 0) throw new KeelsonException(ErrorKind.FailedPrecondition, $"read {path}: it became shorter meanwhile");
            writer.Write(buffer.AsSpan(0, count));
            left -= count;
        }
    }

    private static TarEntry Entry(string name, TarEntryType type, in FileStatus status, long size = 0, string link = "") => new()
    {
        Name = Encoding.UTF8.GetBytes(name),
        Type = type,
        Mode = status.Mode & 0xfff,
        Size = size,
        LinkName = Encoding.UTF8.GetBytes(link),
        ModifyTime = new(status.ModifySeconds, status.ModifyNanoseconds),
    };
}
