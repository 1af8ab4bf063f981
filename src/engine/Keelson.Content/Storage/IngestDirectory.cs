using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Content;

/// <summary>The files of content that is being written, and who writes.</summary>
internal sealed class IngestDirectory(string directory, Disk disk)
{
    private readonly Lock gate = new();
    private readonly HashSet<(string Space, string Ref)> open = [];

    public string PathOf(ulong id) => string.Create(CultureInfo.InvariantCulture, $"{directory}/{id}");

    /// <summary>Takes a reference for one writer.</summary>
    public bool TryEnter(string space, string reference)
    {
        lock (gate) return open.Add((space, reference));
    }

    /// <summary>Gives it free.</summary>
    public void Leave(string space, string reference)
    {
        lock (gate) open.Remove((space, reference));
    }

    /// <summary>Whether somebody writes to it.</summary>
    public bool IsOpen(string space, string reference)
    {
        lock (gate) return open.Contains((space, reference));
    }

    public FdHandle Create(ulong id) => disk.Create(PathOf(id));

    public FdHandle Open(ulong id) => disk.Open(PathOf(id));

    public bool Remove(ulong id) => disk.Remove(PathOf(id));

    /// <summary>Whether a file is there, with length and time of the last write.</summary>
    public bool TryFind(ulong id, out long length, out DateTimeOffset updated)
    {
        Errno errno = Files.TryStatus(PathOf(id), out FileStatus status, followLink: false);
        if (errno is not (Errno.None or Errno.ENOENT)) throw new LinuxException("stat", PathOf(id), errno);
        length = status.Size;
        updated = DateTimeOffset.FromUnixTimeSeconds(status.ModifySeconds).AddTicks(status.ModifyNanoseconds / 100);
        return errno == Errno.None;
    }

    /// <summary>Names of all files.</summary>
    public List<string> List() => Disk.List(directory);

    /// <summary>Removes a file by the name that <see cref="List"/> gave.</summary>
    public void RemoveName(string name) => disk.Remove(directory + "/" + name);
}
