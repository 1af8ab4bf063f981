using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.DockerApi.Audit;

/// <summary>Who changed what: a file of JSON lines that only its owner reads, and that is only added to.</summary>
/// <remarks>
/// A line is one write(2) with O_APPEND. One that cannot be written is told of and lost; the request is not. A full file becomes <c>PATH.1</c>, in place of the one before.
/// </remarks>
public sealed class AuditLog : IDisposable
{
    private const uint Mode = 0b110_000_000;

    private readonly Lock gate = new();
    private readonly string path;
    private readonly long limitBytes;
    private readonly Action<string, Exception?> failed;
    private FdHandle file;
    private bool isTorn;

    /// <summary>Opens the file, and makes it if it is not there.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="limitBytes">How long it may get; 0 for no limit.</param>
    /// <param name="failed">Hears of lines that could not be written.</param>
    /// <exception cref="KeelsonException">It cannot be opened, or is no file of this user.</exception>
    public AuditLog(string path, long limitBytes, Action<string, Exception?> failed)
    {
        (this.path, this.limitBytes, this.failed) = (path, limitBytes, failed);
        file = Open();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate) file.Dispose();
    }

    /// <summary>Adds a line.</summary>
    internal void Write(AuditLine line)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(line, AuditJson.Default.AuditLine);
        lock (gate)
        {
            try
            {
                RotateWhenFull(text.Length + 1);
                // What is left of a line that the disk had no room for ends before the next one.
                byte[] whole = [.. isTorn ? "\n"u8 : default, .. text, (byte)'\n'];
                Errno errno = Files.TryWriteSome(file.Fd, whole, out int count);
                isTorn = count > 0 ? count < whole.Length : isTorn;
                if (errno == Errno.None && count < whole.Length) errno = Errno.ENOSPC;
                errno.ThrowIfError("write", path);
            }
            catch (KeelsonException e)
            {
                failed($"audit: {line.Method} {line.Path} with status {line.Status} is not in {path}: {e.FullMessage}", e);
            }
        }
    }

    private void RotateWhenFull(int more)
    {
        if (limitBytes == 0) return;
        Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("stat", path);
        if (status.Size == 0 || (long)status.Size + more <= limitBytes) return;
        Files.TryRename(path, path + ".1").ThrowIfError("rename", path);
        FdHandle next = Open();
        file.Dispose();
        (file, isTorn) = (next, false);
    }

    private FdHandle Open()
    {
        FdHandle opened = Files.Open(path, OpenFlags.O_WRONLY | OpenFlags.O_APPEND | OpenFlags.O_CREAT | OpenFlags.O_NOFOLLOW, Mode);
        try
        {
            // Also one that was there with more.
            Files.TryChangeMode(opened.Fd, Mode).ThrowIfError("chmod", path);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }
}
