using System.Text;
using Keelson.Oci;

namespace Keelson.Distribution;

public sealed partial class OciLayout
{
    /// <inheritdoc/>
    public ValueTask<Stream?> OpenReadAsync(Digest digest, CancellationToken cancellation)
    {
        try
        {
            return new(new FileStream(BlobPath(digest), new FileStreamOptions { Share = FileShare.Read | FileShare.Delete, Options = FileOptions.Asynchronous | FileOptions.SequentialScan }));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new((Stream?)null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IBlobWriter> OpenWriterAsync(string reference, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(reference);
        // A reference may be anything; its digest is a file name, and nobody reads these names.
        string path = At("ingest/" + Digest.Of(Encoding.UTF8.GetBytes(reference)).Hex);
        Directory.CreateDirectory(At("ingest"));
        FileStream file = Lock(path, reference);
        OciLayoutWriter writer = new(this, file, path, reference);
        try
        {
            await writer.HashWrittenAsync(cancellation).ConfigureAwait(false);
            return writer;
        }
        catch
        {
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private FileStream Lock(string path, string reference)
    {
        while (true)
        {
            try
            {
                FileStream file = new(path, new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0, Options = FileOptions.Asynchronous,
                });
                if (File.Exists(path)) return file;
                // Another writer committed it between the opening and the lock: this is a blob now, and not to be written.
                file.Dispose();
            }
            catch (IOException e) when (File.Exists(path))
            {
                throw new KeelsonException(ErrorKind.Unavailable, $"write {reference} to {Root}: someone else is writing it", e);
            }
        }
    }

    internal string BlobPath(Digest digest) => At($"blobs/{digest.Algorithm}/{digest.Hex}");
}
