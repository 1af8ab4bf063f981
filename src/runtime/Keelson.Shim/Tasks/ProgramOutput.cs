using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Shim.Tasks;

/// <summary>A file in memory that a program writes to or reads from, without anybody having to copy meanwhile.</summary>
internal sealed class ProgramOutput : IDisposable
{
    private const int LimitBytes = 4 << 20;
    private readonly FdHandle file;

    public ProgramOutput(string name, ReadOnlySpan<byte> contents = default)
    {
        Files.TryMemoryFile(name, out FdHandle? handle).ThrowIfError("memfd_create", name);
        file = handle!;
        if (!contents.IsEmpty) Files.TryWrite(file.Fd, contents).ThrowIfError("write", name);
    }

    /// <summary>A path by which another program of the same user opens the file anew, from its beginning.</summary>
    public string Path => $"/proc/{Processes.CurrentId}/fd/{file.Fd}";

    public int Fd => file.Fd;

    /// <summary>What was written, at most 4 MiB of it.</summary>
    public byte[] Read()
    {
        Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("stat", "output");
        byte[] bytes = new byte[Math.Min(status.Size, LimitBytes)];
        int length = 0;
        for (int count = -1; length < bytes.Length && count != 0; length += count) Files.TryReadAt(file.Fd, length, bytes.AsSpan(length), out count).ThrowIfError("read", "output");
        return bytes[..length];
    }

    public string ReadText() => Encoding.UTF8.GetString(Read()).Trim();

    public void Dispose() => file.Dispose();
}
