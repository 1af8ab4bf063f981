using System.IO.Compression;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>Older files are compressed one after another, beside the writing.</summary>
/// <remarks>
/// A file is compressed under a name that no reader knows, <c>ID-json.log.gz-new</c>. Under the lock this gets the name that the file has by then, and the file goes:
/// a crash between the two leaves both with the same lines, and the uncompressed one counts.
/// </remarks>
internal sealed partial class FileLog
{
    private readonly CancellationTokenSource stopping = new();
    private Task compressing = Task.CompletedTask;

    private string NewName => path + ".gz-new";

    private string CompressedName(int age) => Name(age) + ".gz";

    /// <summary>Lets a file be compressed after those that wait. Called under the lock.</summary>
    private void Compress(long which) => compressing = CompressAfterAsync(compressing, which);

    /// <summary>Files that a daemon which ended had not compressed. Called under the lock.</summary>
    private void CompressLeft()
    {
        if (!Policy.Compresses) return;
        for (int age = Policy.Files - 1; age > 0; age--)
            if (File.Exists(Name(age))) Compress(generation - age);
    }

    /// <summary>Moves compressed files on by one, and the oldest out. Called under the lock.</summary>
    private Errno MakeRoom()
    {
        foreach (string oldest in (ReadOnlySpan<string>)[Name(Policy.Files - 1), CompressedName(Policy.Files - 1)])
            if (Files.TryUnlink(oldest) is var unlinked and not (Errno.None or Errno.ENOENT)) return unlinked;
        for (int age = Policy.Files - 1; age > 1; age--)
            if (Files.TryRename(CompressedName(age - 1), CompressedName(age)) is var renamed and not (Errno.None or Errno.ENOENT)) return renamed;
        return Errno.None;
    }

    private async Task CompressAfterAsync(Task before, long which)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            if (Source(which) is not { } source) return;
            await using (source.ConfigureAwait(false))
            {
                await CompressAsync(source).ConfigureAwait(false);
                Exchange(which);
            }
        }
        catch (OperationCanceledException)
        {
            // The next daemon does it.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KeelsonException)
        {
            // The lines are where they were.
            Failure = $"compress log {path}: {e.Message}";
        }
        finally
        {
            Files.TryUnlink(NewName);
        }
    }

    private FileStream? Source(long which)
    {
        lock (gate)
        {
            return generation - which < Policy.Files && Files.TryOpen(Name((int)(generation - which)), OpenFlags.O_RDONLY, out FdHandle? handle) == Errno.None
                ? new(handle!.ToSafeFileHandle(), FileAccess.Read, bufferSize: 0)
                : null;
        }
    }

    private async Task CompressAsync(FileStream source)
    {
        Files.TryOpen(NewName, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, out FdHandle? handle, 0b110_100_000).ThrowIfError("make", NewName);
        FileStream target = new(handle!.ToSafeFileHandle(), FileAccess.Write, bufferSize: 0);
        await using (target.ConfigureAwait(false))
        {
            GZipStream packed = new(target, CompressionLevel.Optimal, leaveOpen: true);
            await using (packed.ConfigureAwait(false)) await source.CopyToAsync(packed, 128 << 10, stopping.Token).ConfigureAwait(false);
            target.Flush(flushToDisk: true);
        }
    }

    private void Exchange(long which)
    {
        lock (gate)
        {
            int age = (int)Math.Min(generation - which, Policy.Files);
            if (age >= Policy.Files) return;
            Files.TryRename(NewName, CompressedName(age)).ThrowIfError("rename", NewName);
            Files.TryUnlink(Name(age)).ThrowIfError("unlink", Name(age));
        }
    }

    private void StopCompressing()
    {
        stopping.Cancel();
        Task last;
        lock (gate) last = compressing;
        // What is under way ends at its next piece.
        last.GetAwaiter().GetResult();
    }
}
