using Keelson.Content;
using Keelson.Distribution;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>An ingest of the content store as the registry client writes it. What has been written is read from the file itself.</summary>
internal sealed class StoreBlobWriter(ContentIngest owner, string reference, Digest expected, IContentWriter writer, LabelSet labels) : IBlobWriter
{
    private readonly Lock gate = new();
    private IContentWriter writer = writer;
    private FdHandle? file;

    public long Offset => writer.Offset;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        writer.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Files.TryReadAt(Open().Fd, offset, buffer.Span, out int count).ThrowIfError("read", reference);
        return new(count);
    }

    public async ValueTask ResetAsync(CancellationToken cancellation)
    {
        await writer.TruncateAsync(0, cancellation).ConfigureAwait(false);
        // What another namespace has became a file of this ingest.
        Close();
    }

    public async ValueTask<Digest> CommitAsync(Digest digest, long size, CancellationToken cancellation)
    {
        // The commit closes the writer, and who follows reads on.
        Open();
        Digest actual = writer.Digest();
        try
        {
            return (await writer.CommitAsync(size, digest, labels).ConfigureAwait(false)).Digest;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
        {
            return digest.IsEmpty ? actual : digest;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.FailedPrecondition)
        {
            // Who reads on meanwhile still has the file, which is empty then.
            IContentWriter next = await owner.Store.OpenWriterAsync(reference, 0, expected, cancellation).ConfigureAwait(false);
            lock (gate) writer = next;
            await next.TruncateAsync(0, cancellation).ConfigureAwait(false);
            throw new KeelsonException(ErrorKind.DataLoss, e.Message, e);
        }
    }

    public ValueTask DisposeAsync()
    {
        writer.Dispose();
        Close();
        return ValueTask.CompletedTask;
    }

    private FdHandle Open()
    {
        lock (gate) return file ??= writer.OpenFile();
    }

    private void Close()
    {
        lock (gate)
        {
            file?.Dispose();
            file = null;
        }
    }
}
