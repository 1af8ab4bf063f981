using System.Formats.Tar;
using System.Runtime.CompilerServices;

namespace Keelson.Distribution;

/// <summary>The only place that knows how a tar is read and written; image archives see names and streams.</summary>
internal static class TarFiles
{
    /// <summary>Most entries of an image archive: 65,536.</summary>
    public const int MaxEntries = 65_536;

    /// <summary>The files and links of a tar in their order. An entry's content is to be read before the next entry is asked for.</summary>
    public static async IAsyncEnumerable<TarFile> ReadAsync(Stream archive, [EnumeratorCancellation] CancellationToken cancellation)
    {
        TarHeaderGuard guard = new(archive);
        TarReader reader = new(guard, leaveOpen: true);
        await using (reader.ConfigureAwait(false))
        {
            int count = 0;
            while (await NextAsync(reader, cancellation).ConfigureAwait(false) is { } entry)
            {
                guard.ExpectHeaderAfter(entry.Length);
                if (++count > MaxEntries) throw new KeelsonException(ErrorKind.InvalidArgument, $"read an image archive: has more than {MaxEntries} entries");
                string name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile)
                    yield return new TarFile(name, entry.Length, entry.DataStream ?? Stream.Null, null);
                else if (entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                    yield return new TarFile(name, 0, Stream.Null, entry.EntryType == TarEntryType.HardLink ? entry.LinkName : Resolve(name, entry.LinkName));
            }
        }
    }

    /// <summary>Writes a tar of files. The same files give the same bytes: no times, no owners.</summary>
    public static async Task WriteAsync(Stream archive, IAsyncEnumerable<TarFile> files, CancellationToken cancellation)
    {
        TarWriter writer = new(archive, TarEntryFormat.Ustar, leaveOpen: true);
        await using (writer.ConfigureAwait(false))
        {
            await foreach (TarFile file in files.WithCancellation(cancellation).ConfigureAwait(false))
            {
                // The old header holds sizes below 8 GiB.
                TarEntry entry = file.Size < 1L << 33 ? new UstarTarEntry(TarEntryType.RegularFile, file.Name) : new GnuTarEntry(TarEntryType.RegularFile, file.Name);
                entry.Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
                entry.ModificationTime = DateTimeOffset.UnixEpoch;
                LengthStream content = new(file.Content, file.Size, file.Name);
                entry.DataStream = content;
                await writer.WriteEntryAsync(entry, cancellation).ConfigureAwait(false);
                await file.Content.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask<TarEntry?> NextAsync(TarReader reader, CancellationToken cancellation)
    {
        try
        {
            return await reader.GetNextEntryAsync(copyData: false, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "read an image archive: is not a tar", e);
        }
    }

    /// <summary>The name that a symbolic link means within the archive. docker save links a layer that several images have.</summary>
    private static string Resolve(string name, string target)
    {
        List<string> parts = [.. name.Split('/')[..^1]];
        foreach (string part in target.Split('/'))
        {
            if (part == ".." && parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or "." or "..")) parts.Add(part);
        }
        return string.Join('/', parts);
    }
}

/// <summary>A file of a tar, or a link to one.</summary>
/// <param name="Name">Its path.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Content">The bytes; closed by who writes them.</param>
/// <param name="LinkTarget">The path that a link means; <see langword="null"/> for a file.</param>
internal sealed record TarFile(string Name, long Size, Stream Content, string? LinkTarget);
