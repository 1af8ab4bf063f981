using System.IO.Compression;
using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>Images in tars: OCI archives (an image layout as tar) and docker archives (<c>docker save</c>).</summary>
/// <remarks>
/// An archive is read in one pass, so it may come through a pipe; blobs go into the store as they come. What is written depends on the images alone: the
/// same images give the same bytes.
/// </remarks>
public static partial class ImageArchive
{
    /// <summary>Most bytes of all documents that an archive may make its reader hold: 64 MiB.</summary>
    private const long MaxHeldBytes = 64 << 20;

    private const int CopyBytes = 256 << 10;

    /// <summary>Reads an archive of either kind, compressed with gzip or not, into a store.</summary>
    /// <param name="archive">The archive; it need not be able to seek, and stays open.</param>
    /// <param name="store">Where content goes.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The images of the archive.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: it is not an image archive. DataLoss: content differs from its digest.</exception>
    public static async Task<IReadOnlyList<ArchivedImage>> ImportAsync(Stream archive, IContentIngest store, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(store);
        byte[] head = new byte[2];
        int known = await archive.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        Stream whole = new PrefixedStream(head.AsMemory(0, known), archive);
        await using (whole.ConfigureAwait(false))
        {
            bool isGzip = head is [0x1f, 0x8b];
            Stream tar = isGzip ? new GZipStream(whole, CompressionMode.Decompress) : whole;
            await using (tar.ConfigureAwait(false))
            {
                try
                {
                    return await ReadTarAsync(tar, store, cancellation).ConfigureAwait(false);
                }
                catch (InvalidDataException e)
                {
                    throw new KeelsonException(ErrorKind.InvalidArgument, "read an image archive: its compression is damaged", e);
                }
            }
        }
    }

    private static async Task<IReadOnlyList<ArchivedImage>> ReadTarAsync(Stream tar, IContentIngest store, CancellationToken cancellation)
    {
        Contents contents = new(store);
        await foreach (TarFile file in TarFiles.ReadAsync(tar, cancellation).ConfigureAwait(false)) await contents.AddAsync(file, cancellation).ConfigureAwait(false);
        if (contents.Document("oci-layout") is { } layout)
        {
            OciLayout.CheckVersion(layout, "of an archive");
            ImageIndex index = ImageIndex.Parse(contents.Document("index.json") ?? throw Wrong("has oci-layout and no index.json"), MediaTypes.OciIndex);
            return [.. index.Manifests.GroupBy(d => d.Digest).Select(same => new ArchivedImage(Unnamed(same.First()), [.. same.Select(OciLayout.NameOf).OfType<string>()]))];
        }
        if (contents.Document("manifest.json") is { } manifest) return await ReadDockerAsync(manifest, contents, cancellation).ConfigureAwait(false);
        throw Wrong("has neither oci-layout nor manifest.json");
    }

    private static Descriptor Unnamed(Descriptor entry) => entry with { Annotations = null };

    private static KeelsonException Wrong(string problem, Exception? inner = null) => new(ErrorKind.InvalidArgument, $"read an image archive: {problem}", inner);

    /// <summary>What has been seen of an archive: documents in memory, all else in the store.</summary>
    private sealed class Contents(IContentIngest store)
    {
        private const string Blobs = "blobs/";
        private readonly Dictionary<string, byte[]> documents = new(StringComparer.Ordinal);
        private readonly Dictionary<string, (Digest Digest, long Size)> blobs = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> links = new(StringComparer.Ordinal);
        private long held;

        public IContentIngest Store => store;

        public byte[]? Document(string name) => documents.GetValueOrDefault(name);

        /// <summary>A blob by its name in the archive, links followed.</summary>
        public (Digest Digest, long Size)? Blob(string name)
        {
            for (int hops = 0; hops < 8; hops++)
            {
                if (blobs.TryGetValue(name, out (Digest, long) blob)) return blob;
                if (!links.TryGetValue(name, out string? target)) return null;
                name = target;
            }
            return null;
        }

        public async Task AddAsync(TarFile file, CancellationToken cancellation)
        {
            if (file.LinkTarget is not null)
            {
                links[file.Name] = file.LinkTarget;
                return;
            }
            bool isDocument = file.Name is "oci-layout" or "index.json" or "manifest.json" or "repositories" or "VERSION"
                || file.Name.EndsWith("/json", StringComparison.Ordinal) || file.Name.EndsWith("/VERSION", StringComparison.Ordinal);
            if (isDocument)
            {
                held += file.Size;
                if (file.Size > DocumentLimits.MaxBytes || held > MaxHeldBytes) throw Wrong($"{file.Name} is larger than a document may be");
                byte[] text = new byte[file.Size];
                await file.Content.ReadExactlyAsync(text, cancellation).ConfigureAwait(false);
                // Readers differ in which of two they take, so two are refused.
                if (!documents.TryAdd(file.Name, text)) throw Wrong($"{file.Name} appears twice");
                return;
            }
            Digest expected = default;
            if (file.Name.StartsWith(Blobs, StringComparison.Ordinal) && !Digest.TryParse(file.Name[Blobs.Length..].Replace('/', ':'), out expected)) return;
            if (!expected.IsEmpty && await HasAsync(expected, cancellation).ConfigureAwait(false)) blobs[file.Name] = (expected, file.Size);
            else blobs[file.Name] = (await StoreAsync(file.Content, expected, file.Size, cancellation).ConfigureAwait(false), file.Size);
        }

        public async Task<Digest> StoreAsync(Stream content, Digest expected, long size, CancellationToken cancellation)
        {
            string reference = expected.IsEmpty ? "import-" + Guid.NewGuid().ToString("N") : "import-" + expected;
            IBlobWriter writer = await store.OpenWriterAsync(reference, cancellation).ConfigureAwait(false);
            await using (writer.ConfigureAwait(false))
            {
                try
                {
                    if (writer.Offset > 0) await writer.ResetAsync(cancellation).ConfigureAwait(false);
                    byte[] buffer = new byte[CopyBytes];
                    for (int read; (read = await content.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
                        await writer.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
                    return await writer.CommitAsync(expected, size, cancellation).ConfigureAwait(false);
                }
                catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
                {
                    throw Wrong("ends early", e);
                }
                catch when (expected.IsEmpty)
                {
                    // Nobody can go on with a write that has no name.
                    await writer.ResetAsync(CancellationToken.None).ConfigureAwait(false);
                    throw;
                }
            }
        }

        private async Task<bool> HasAsync(Digest digest, CancellationToken cancellation)
        {
            if (await store.OpenReadAsync(digest, cancellation).ConfigureAwait(false) is not { } present) return false;
            await present.DisposeAsync().ConfigureAwait(false);
            return true;
        }
    }
}
