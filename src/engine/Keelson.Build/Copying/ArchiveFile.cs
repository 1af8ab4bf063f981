using Keelson.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Build;

/// <summary>Tells archives from other files, and opens them. gzip and zstd are known here; bzip2 and xz when the machine has programs of these names, as with dockerd's xz.</summary>
internal static class ArchiveFile
{
    private const int MagicBytes = 6;

    /// <summary>The archive without compression; <see langword="null"/> for a file that is none, or that nobody here can open.</summary>
    public static async Task<Stream?> TryOpenAsync(SourceFile source, CancellationToken cancel)
    {
        if (await OpenAsync(source, cancel).ConfigureAwait(false) is not { } probe) return null;
        await using (probe.ConfigureAwait(false))
        {
            try
            {
                // The first entry alone decides: what is damaged further on is a damaged archive.
                if (new TarReader(probe).Read() is null) return null;
            }
            catch (Exception e) when (e is ArchiveException or IOException)
            {
                return null;
            }
        }
        return await OpenAsync(source, cancel).ConfigureAwait(false);
    }

    /// <summary>Opens what may be compressed; <see langword="null"/> when nothing here can.</summary>
    public static async Task<Stream?> OpenAsync(Stream source, CancellationToken cancel)
    {
        byte[] magic = new byte[MagicBytes];
        int count = await source.ReadAtLeastAsync(magic, MagicBytes, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        JoinedStream file = new(magic.AsMemory(0, count), source);
        string? program = magic.AsSpan(0, count) switch
        {
            [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2",
            [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0] => "xz",
            _ => null,
        };
        if (program is null) return await Compression.OpenReadAsync(file, null, cancel).ConfigureAwait(false);
        string? path = ((string[])["/usr/bin/", "/bin/", "/usr/local/bin/"]).Select(folder => folder + program).FirstOrDefault(File.Exists);
        return path is null ? null : new ProgramStream(path, ["-d", "-c", "-q"], file);
    }

    private static Task<Stream?> OpenAsync(SourceFile source, CancellationToken cancel)
    {
        SourceTree.TryOpen(source.Root, source.Path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, out FdHandle? file).ThrowIfError("open", source.Path);
        using (file) return OpenAsync(new FileStream(file!.ProcPath, FileMode.Open, FileAccess.Read), cancel);
    }
}
