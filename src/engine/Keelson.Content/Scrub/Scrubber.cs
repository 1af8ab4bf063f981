using System.Security.Cryptography;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Reads all content and compares it with its digests. Damaged content is set aside and forgotten, so that the next pull fetches it anew.</summary>
public sealed class Scrubber
{
    private const int BufferBytes = 256 << 10;

    private readonly MetadataDatabase database;

    internal Scrubber(MetadataDatabase database) => this.database = database;

    /// <summary>Looks at every blob once.</summary>
    /// <param name="bytesPerSecond">How fast to read, so that others do not feel it; 0 is as fast as the disk can.</param>
    /// <param name="repair">Whether to set damaged blobs aside and to forget them and missing ones. Otherwise they are reported alone.</param>
    /// <param name="cancel">Ends it early.</param>
    public async Task<ScrubReport> RunAsync(long bytesPerSecond = 0, bool repair = true, CancellationToken cancel = default)
    {
        HashSet<Digest> digests = [.. database.State.Namespaces.Values.SelectMany(space => space.Content.Values).Select(info => info.Digest)];
        List<ScrubFinding> findings = [];
        long bytes = 0, start = database.Options.Time.GetTimestamp();
        foreach (Digest digest in digests)
        {
            (ScrubProblem? problem, ulong inode, long read) = await CheckAsync(digest, bytes, bytesPerSecond, start, cancel).ConfigureAwait(false);
            bytes += read;
            if (problem is { } found) await ReportAsync(digest, found, inode, repair, findings).ConfigureAwait(false);
        }
        return new(digests.Count, bytes, findings);
    }

    private async Task<(ScrubProblem? Problem, ulong Inode, long Read)> CheckAsync(Digest digest, long before, long bytesPerSecond, long start, CancellationToken cancel)
    {
        ContentInfo? info = database.State.FindContent(digest);
        if (info is null) return (null, 0, 0);
        using FdHandle? file = database.Blobs.Open(digest);
        if (file is null) return (ScrubProblem.Missing, 0, 0);
        Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("stat content", digest.ToString());
        if (status.Size != info.Size) return (ScrubProblem.Length, status.Inode, 0);
        using IncrementalHash hash = digest.CreateHash();
        byte[] buffer = new byte[BufferBytes];
        long at = 0;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            Errno errno = Files.TryReadAt(file.Fd, at, buffer, out int count);
            if (errno == Errno.EIO) return (ScrubProblem.Unreadable, status.Inode, at);
            errno.ThrowIfError("read content", digest.ToString());
            if (count == 0) break;
            hash.AppendData(buffer, 0, count);
            at += count;
            if (bytesPerSecond > 0) await PaceAsync(before + at, bytesPerSecond, start, cancel).ConfigureAwait(false);
        }
        return (Digest.FromHash(hash.GetCurrentHash()) == digest ? null : ScrubProblem.Content, status.Inode, at);
    }

    private async Task PaceAsync(long bytes, long bytesPerSecond, long start, CancellationToken cancel)
    {
        TimeSpan ahead = TimeSpan.FromSeconds((double)bytes / bytesPerSecond) - database.Options.Time.GetElapsedTime(start);
        if (ahead > TimeSpan.Zero) await Task.Delay(ahead, database.Options.Time, cancel).ConfigureAwait(false);
    }

    private async Task ReportAsync(Digest digest, ScrubProblem problem, ulong inode, bool repair, List<ScrubFinding> findings)
    {
        using KeyedLock.Holder held = await database.DigestLocks.EnterAsync(digest.ToString()).ConfigureAwait(false);
        // It may have been removed, or been committed anew, since it was read.
        if (database.State.FindContent(digest) is null) return;
        bool isThere = database.Blobs.TryFind(digest, out BlobStatus status);
        if (problem == ScrubProblem.Missing ? isThere : !isThere || database.Blobs.IsLocal && status.Identity != inode) return;
        string? quarantine = null;
        string[] spaces = [.. database.State.Namespaces.Where(space => space.Value.Content.ContainsKey(digest.ToString())).Select(space => space.Key)];
        if (repair)
        {
            // The rows first: after a crash in between there is a blob without a row, which is removed, and never a row that promises damage.
            await database.Writer.WriteAsync(tx =>
            {
                foreach ((string name, NamespaceState space) in tx.State.Namespaces)
                    if (space.Content.ContainsKey(digest.ToString())) tx.Remove(Tables.Content, name, digest.ToString());
                return true;
            }).ConfigureAwait(false);
            if (isThere) quarantine = database.Blobs.Quarantine(digest);
        }
        findings.Add(new(digest, problem, spaces, quarantine));
    }
}
