using System.Security.Cryptography;
using Keelson.Linux;
using Keelson.Oci;

namespace Keelson.Archive;

/// <summary>Extracts a layer into a directory: decompresses, hashes and writes in one pass.</summary>
/// <remarks>
/// One thread reads, decompresses and hashes; another makes the files. Between them are 8 buffers of 256 KiB, which with the buffers of the parts is all the
/// memory that a layer takes, whatever its length. Nothing is done by a path from outside of the root: docs/archive.md says how. Running twice in the same root is not supported.
/// </remarks>
public static class LayerExtractor
{
    /// <summary>Extracts a layer; the caller's thread makes the files.</summary>
    /// <param name="layer">The layer as it is stored. It is read to its end and stays the caller's.</param>
    /// <param name="root">The directory, open for reading. It stays the caller's.</param>
    /// <param name="options">How; the defaults when left out.</param>
    /// <param name="cancellationToken">Stops between two entries or pieces; what was made stays.</param>
    /// <returns>Digests and sizes.</returns>
    /// <exception cref="ArchiveException">The layer is damaged or breaks a rule, or an entry could not be made; the message names it. What was made so far stays.</exception>
    public static LayerResult Extract(Stream layer, FdHandle root, ExtractOptions? options = null, CancellationToken cancellationToken = default)
    {
        using Extraction extraction = new(layer, root, options ?? new(), cancellationToken);
        Thread reader = new(extraction.Read) { IsBackground = true, Name = "layer reader" };
        reader.Start();
        try
        {
            extraction.Write();
        }
        finally
        {
            extraction.Stop();
            reader.Join();
        }
        return extraction.Result();
    }

    /// <inheritdoc cref="Extract"/>
    /// <remarks>A thread of its own makes the files, since that blocks; the layer is read asynchronously.</remarks>
    public static async Task<LayerResult> ExtractAsync(Stream layer, FdHandle root, ExtractOptions? options = null, CancellationToken cancellationToken = default)
    {
        using Extraction extraction = new(layer, root, options ?? new(), cancellationToken);
        Task reader = extraction.ReadAsync();
        try
        {
            await Task.Factory.StartNew(extraction.Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            extraction.Stop();
            await reader.ConfigureAwait(false);
        }
        return extraction.Result();
    }

    /// <summary>One run. <see cref="Read"/> or <see cref="ReadAsync"/> on one thread, <see cref="Write"/> on another.</summary>
    private sealed class Extraction : IDisposable
    {
        private readonly HashingStream? input;
        private readonly CountingStream counted;
        private readonly IncrementalHash diffHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly ExtractOptions options;
        private readonly FdHandle root;
        private readonly CancellationTokenSource stop;
        private readonly CancellationToken cancelled;
        private readonly ChunkPipe pipe = new();
        private long size, entries, skipped;

        public Extraction(Stream layer, FdHandle root, ExtractOptions options, CancellationToken cancellationToken)
        {
            this.options = options;
            this.root = root;
            cancelled = cancellationToken;
            input = options.HashesInput ? new(layer) : null;
            counted = new((Stream?)input ?? layer);
            stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        }

        /// <summary>Fills the pipe; faults go through it.</summary>
        public void Read()
        {
            try
            {
                using Stream source = Compression.OpenRead(counted, options.Compression);
                while (true)
                {
                    byte[] chunk = pipe.Rent(stop.Token);
                    int count = source.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false);
                    if (Pass(chunk, count)) break;
                }
                Drain();
                pipe.Complete(null);
            }
            catch (Exception e)
            {
                pipe.Complete(e);
            }
        }

        /// <inheritdoc cref="Read"/>
        public async Task ReadAsync()
        {
            try
            {
                Stream source = await Compression.OpenReadAsync(counted, options.Compression, stop.Token).ConfigureAwait(false);
                await using (source.ConfigureAwait(false))
                {
                    while (true)
                    {
                        byte[] chunk = await pipe.RentAsync(stop.Token).ConfigureAwait(false);
                        int count = await source.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, stop.Token).ConfigureAwait(false);
                        if (Pass(chunk, count)) break;
                    }
                }
                await DrainAsync().ConfigureAwait(false);
                pipe.Complete(null);
            }
            catch (Exception e)
            {
                pipe.Complete(e);
            }
        }

        /// <summary>Makes the files.</summary>
        public void Write()
        {
            using ChunkStream source = new(pipe, cancelled);
            TarReader reader = new(source, options.Limits);
            using TreeWriter writer = new(root, options);
            while (reader.Read() is { } entry)
            {
                cancelled.ThrowIfCancellationRequested();
                entries++;
                writer.Write(entry, reader);
            }
            writer.Finish();
            skipped = writer.SkippedAttributes;
            // What follows the end of the archive belongs to the layer, and to its digest.
            source.Drain();
        }

        public void Stop() => stop.Cancel();

        public LayerResult Result() => new(Hash(), size, input?.Finish() ?? default, counted.Count, entries, skipped);

        public void Dispose()
        {
            input?.Dispose();
            counted.Dispose();
            diffHash.Dispose();
            stop.Dispose();
            pipe.Dispose();
        }

        private bool Pass(byte[] chunk, int count)
        {
            diffHash.AppendData(chunk.AsSpan(0, count));
            size += count;
            if (size > options.MostBytes) throw new ArchiveException(ErrorKind.InvalidArgument, $"extract: the layer is longer than {options.MostBytes} bytes");
            pipe.Send(chunk, count);
            return count < chunk.Length;
        }

        /// <summary>A decompressor may stop before the end of what is stored.</summary>
        private void Drain()
        {
            byte[] rest = new byte[4096];
            while (counted.Read(rest) > 0) stop.Token.ThrowIfCancellationRequested();
        }

        /// <inheritdoc cref="Drain"/>
        private async Task DrainAsync()
        {
            byte[] rest = new byte[4096];
            while (await counted.ReadAsync(rest, stop.Token).ConfigureAwait(false) > 0) { }
        }

        private Digest Hash()
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            diffHash.GetHashAndReset(hash);
            return Digest.FromHash(hash);
        }
    }

    private sealed class CountingStream(Stream inner) : ReadOnlyStream
    {
        public long Count { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            int read = inner.Read(buffer);
            Count += read;
            return read;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            Count += read;
            return read;
        }
    }
}
