using System.IO.Compression;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Keelson.Archive;

/// <summary>Opens compressed streams. docs/archive.md has the measurements behind the choice of libraries.</summary>
public static class Compression
{
    /// <summary>Bytes that <see cref="Detect"/> looks at.</summary>
    public const int MagicBytes = 4;

    /// <summary>The base-2 logarithm of the longest window that a zstd frame may ask for: 32 MiB, what levels up to 20 use. It bounds the memory of a reader.</summary>
    internal const int LongestWindowLog = 25;

    /// <summary>Tells the compression from the first bytes.</summary>
    /// <param name="start">The first <see cref="MagicBytes"/> bytes; fewer when there are no more.</param>
    /// <returns><see cref="CompressionKind.None"/> for all that is not known.</returns>
    public static CompressionKind Detect(ReadOnlySpan<byte> start)
    {
        if (start is [0x1f, 0x8b, ..]) return CompressionKind.Gzip;
        // A frame, or a skippable frame in front of one.
        if (start is [0x28, 0xb5, 0x2f, 0xfd, ..] or [>= 0x50 and <= 0x5f, 0x2a, 0x4d, 0x18, ..]) return CompressionKind.Zstd;
        return CompressionKind.None;
    }

    /// <summary>Tells the compression from the media type of a layer. image-spec 1.1 "layer"; docker's image manifest version 2.</summary>
    /// <returns>Whether the type names one.</returns>
    public static bool TryFromMediaType(ReadOnlySpan<char> mediaType, out CompressionKind kind)
    {
        kind = mediaType.EndsWith("+gzip") || mediaType.EndsWith(".tar.gzip") ? CompressionKind.Gzip
            : mediaType.EndsWith("+zstd") || mediaType.EndsWith(".tar.zstd") ? CompressionKind.Zstd : CompressionKind.None;
        return kind != CompressionKind.None || mediaType.EndsWith(".tar");
    }

    /// <summary>Opens a stream of what is compressed in another.</summary>
    /// <remarks>
    /// Reading fails with an <see cref="ArchiveException"/>, DataLoss, when the input is damaged, cut off or followed by something else.
    /// The source is read to its end and stays the caller's.
    /// </remarks>
    /// <param name="source">The compressed bytes.</param>
    /// <param name="kind">How; <see langword="null"/> to detect it.</param>
    public static Stream OpenRead(Stream source, CompressionKind? kind = null)
    {
        PrefixedStream prefixed = new(source);
        return new CheckedStream(Open(prefixed, kind ?? Detect(prefixed.Peek(MagicBytes))));
    }

    /// <inheritdoc cref="OpenRead"/>
    public static async ValueTask<Stream> OpenReadAsync(Stream source, CompressionKind? kind = null, CancellationToken cancellationToken = default)
    {
        PrefixedStream prefixed = new(source);
        return new CheckedStream(Open(prefixed, kind ?? Detect((await prefixed.PeekAsync(MagicBytes, cancellationToken).ConfigureAwait(false)).Span)));
    }

    /// <summary>Opens a stream that compresses what is written to it. Disposing of it completes the compressed bytes; the target stays open.</summary>
    /// <param name="target">Where the compressed bytes go.</param>
    /// <param name="kind">How.</param>
    /// <param name="level">1 to 9 for gzip, 1 to 19 for zstd; 0 for the default, which is 6 (as gzip) and 3 (as zstd).</param>
    public static Stream OpenWrite(Stream target, CompressionKind kind, int level = 0) => kind switch
    {
        CompressionKind.Gzip => new GZipStream(target, new ZLibCompressionOptions { CompressionLevel = level == 0 ? 6 : level }, leaveOpen: true),
        CompressionKind.Zstd => new CompressionStream(target, level == 0 ? 3 : level, leaveOpen: true),
        CompressionKind.None => new UnownedStream(target),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static Stream Open(PrefixedStream source, CompressionKind kind)
    {
        switch (kind)
        {
            case CompressionKind.None:
                return source;
            case CompressionKind.Gzip:
                return new GzipReadStream(source);
            case CompressionKind.Zstd:
                DecompressionStream zstd = new(source, leaveOpen: true);
                zstd.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LongestWindowLog);
                return zstd;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }
}
