using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Writes the file of one ingest and hashes what it writes.</summary>
internal sealed partial class ContentWriter(MetadataDatabase database, ContentStore store, string space, IngestRecord row) : IContentWriter
{
    /// <summary>How much is read and hashed at once.</summary>
    private const int BufferBytes = 256 << 10;

    /// <summary>After so many bytes the disk is told to begin; the sync of the commit has less to wait for.</summary>
    private const int WriteBehindBytes = 8 << 20;

    private IngestRecord row = row;
    private FdHandle? file;
    private IncrementalHash? hash;
    private long begun;
    private bool isResumed, isClosed;

    public string Ref => row.Ref;

    public long Offset { get; private set; }

    public ContentStatus Status => new(Ref) { Offset = Offset, Total = row.Total, Expected = row.Expected, StartedAt = row.StartedAt, UpdatedAt = UpdatedAt };

    private DateTimeOffset UpdatedAt => !row.IsShared && database.Ingests.TryFind(row.Id, out _, out DateTimeOffset updated) ? updated : row.StartedAt;

    public Digest Digest() => row.IsShared ? row.Expected : Oci.Digest.FromHash(hash!.GetCurrentHash());

    /// <summary>Opens the file and hashes what is in it.</summary>
    public async Task StartAsync(bool isNew, CancellationToken cancel)
    {
        if (row.IsShared)
        {
            Offset = row.Total;
            return;
        }
        // The row is there before the file, so a row without file is one that a crash, or a full disk, left with nothing.
        isNew = isNew || !database.Ingests.TryFind(row.Id, out _, out _);
        file = isNew ? database.Ingests.Create(row.Id) : database.Ingests.Open(row.Id);
        hash = NewHash();
        if (isNew) return;
        Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("stat", Path);
        await Task.Run(() => Rehash(status.Size, cancel), cancel).ConfigureAwait(false);
        isResumed = Offset > 0;
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        ThrowIfClosed();
        if (row.IsShared) throw new KeelsonException(ErrorKind.FailedPrecondition, $"write {Ref} in namespace {space}: all {row.Total} bytes are there");
        if (row.Total != 0 && data.Length > row.Total - Offset)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"write {Ref} in namespace {space}: {data.Length} bytes at {Offset} go beyond the total of {row.Total}");
        try
        {
            database.Options.Disk.Write(file!, Path, data);
        }
        catch (LinuxException)
        {
            TakeBack();
            throw;
        }
        hash!.AppendData(data);
        Offset += data.Length;
        if (Offset - begun < WriteBehindBytes) return;
        // Only a wish: a file system that cannot do it waits in the commit instead.
        _ = Durability.TryBeginWriting(file!.Fd, begun, Offset - begun);
        begun = Offset;
    }

    public async Task<long> CopyFromAsync(Stream source, CancellationToken cancel = default)
    {
        ThrowIfClosed();
        long start = Offset;
        byte[] filling = ArrayPool<byte>.Shared.Rent(BufferBytes), writing = ArrayPool<byte>.Shared.Rent(BufferBytes);
        Task written = Task.CompletedTask;
        try
        {
            bool isAtEnd = false;
            while (!isAtEnd)
            {
                int length = 0;
                try
                {
                    while (length < BufferBytes && !isAtEnd)
                    {
                        int count = await source.ReadAsync(filling.AsMemory(length, BufferBytes - length), cancel).ConfigureAwait(false);
                        isAtEnd = count == 0;
                        length += count;
                    }
                }
                catch when (length > 0)
                {
                    await written.ConfigureAwait(false);
                    written = Task.CompletedTask;
                    Write(filling.AsSpan(0, length));
                    throw;
                }
                await written.ConfigureAwait(false);
                written = Task.CompletedTask;
                if (length == 0) break;
                (filling, writing) = (writing, filling);
                byte[] full = writing;
                // Hashing and writing run beside the next reads; a last piece is not worth another thread.
                if (isAtEnd) Write(full.AsSpan(0, length));
                else written = Task.Run(() => Write(full.AsSpan(0, length)), CancellationToken.None);
            }
            return Offset - start;
        }
        finally
        {
            // The buffers are still in use while it runs. Its failure matters only when there is no other one yet.
            await written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(filling);
            ArrayPool<byte>.Shared.Return(writing);
        }
    }

    public FdHandle OpenFile()
    {
        ThrowIfClosed();
        if (row.IsShared) return database.Blobs.Open(row.Expected) ?? throw new KeelsonException(ErrorKind.DataLoss, $"open content {row.Expected}: its file is missing");
        return Files.Open(file!.ProcPath, OpenFlags.O_RDONLY);
    }

    public async Task TruncateAsync(long offset, CancellationToken cancel = default)
    {
        ThrowIfClosed();
        if (offset < 0 || offset > Offset)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"truncate {Ref} in namespace {space}: {offset} is not between 0 and {Offset}");
        if (offset == Offset) return;
        if (row.IsShared) await BecomeOwnAsync().ConfigureAwait(false);
        database.Options.Disk.SetLength(file!, Path, offset);
        begun = Math.Min(begun, offset);
        await Task.Run(() => Rehash(offset, cancel), cancel).ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (isClosed) return;
        Close();
        database.Ingests.Leave(space, Ref);
    }

    /// <summary>Closes the file and leaves the reference to whoever opened it.</summary>
    public void Close()
    {
        isClosed = true;
        file?.Dispose();
        hash?.Dispose();
    }

    private string Path => database.Ingests.PathOf(row.Id);

    private IncrementalHash NewHash() => row.Expected.IsEmpty ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : row.Expected.CreateHash();

    /// <summary>The blob of another namespace is no longer wanted whole: copies it into a file of this ingest.</summary>
    private async Task BecomeOwnAsync()
    {
        FdHandle own = database.Ingests.Create(row.Id);
        try
        {
            using FdHandle blob = database.Blobs.Open(row.Expected) ?? throw new KeelsonException(ErrorKind.DataLoss, $"open content {row.Expected}: its file is missing");
            byte[] buffer = new byte[BufferBytes];
            for (long at = 0; ;)
            {
                Files.TryReadAt(blob.Fd, at, buffer, out int count).ThrowIfError("read", row.Expected.ToString());
                if (count == 0) break;
                database.Options.Disk.Write(own, Path, buffer.AsSpan(0, count));
                at += count;
            }
            row = row with { IsShared = false };
            await database.Writer.WriteAsync(tx =>
            {
                tx.Put(Tables.Ingests, space, row);
                return tx.IsLazy = true;
            }).ConfigureAwait(false);
        }
        catch
        {
            own.Dispose();
            throw;
        }
        file = own;
    }

    /// <summary>Reads the first bytes of the file into a fresh hash.</summary>
    private void Rehash(long length, CancellationToken cancel)
    {
        hash?.Dispose();
        hash = NewHash();
        Offset = 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (Offset < length)
            {
                cancel.ThrowIfCancellationRequested();
                Files.TryReadAt(file!.Fd, Offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - Offset)), out int count).ThrowIfError("read", Path);
                if (count == 0) throw new KeelsonException(ErrorKind.DataLoss, $"read {Path}: it ends at {Offset} and not at {length}");
                hash.AppendData(buffer, 0, count);
                Offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Cuts what a failed write put behind the bytes that were hashed.</summary>
    private void TakeBack()
    {
        Errno errno = Durability.TrySetLength(file!.Fd, Offset);
        Debug.Assert(errno is Errno.None or Errno.EIO, "a file can be made shorter");
        if (errno != Errno.None) Close();
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(isClosed, this);
}
