using Keelson.Archive;

namespace Keelson.Fuzz.Targets;

/// <summary>Tar archives, compressed or not. What is read is written as pax and read again.</summary>
internal sealed class TarTarget : IFuzzTarget
{
    // A small input may unpack to much; the rest of it tells nothing new.
    private const long MostBytes = 4 << 20;

    private static readonly TarLimits Limits = new() { LongestName = 4096, LongestExtendedHeader = 64 << 10, MostRegions = 1000 };

    public string Name => "tar";

    public void Run(ReadOnlySpan<byte> input)
    {
        List<TarEntry> read = [];
        try
        {
            using MemoryStream source = new(input.ToArray());
            using Stream plain = Compression.OpenRead(source);
            ReadAll(new TarReader(plain, Limits), read);
        }
        catch (ArchiveException)
        {
            // Refused, as it should be; what came before holds.
        }
        Again([.. read.Where(entry => entry.Regions is null && entry.Uid >= 0 && entry.Gid >= 0 && entry.Size <= MostBytes)]);
    }

    private static void ReadAll(TarReader reader, List<TarEntry> read)
    {
        long all = 0;
        while (all < MostBytes && reader.Read() is { } entry)
        {
            if (entry.Name.IsEmpty || entry.Name.Span.Contains((byte)0) || entry.LinkName.Span.Contains((byte)0)) throw new InvalidOperationException("a name is empty or holds a zero byte");
            if (entry.Size < 0 || entry.Mode > 0xfff || entry.ModifyTime.Nanoseconds is < 0 or > 999_999_999) throw new InvalidOperationException("a number is out of range");
            long last = 0;
            while (all < MostBytes && reader.TryReadPiece(out ReadOnlySpan<byte> data, out long offset))
            {
                if (data.IsEmpty || offset < last || (entry.Size > 0 && offset + data.Length > entry.Size)) throw new InvalidOperationException("a piece lies outside of its file");
                last = offset + data.Length;
                all += data.Length;
            }
            read.Add(entry);
            all += 512;
        }
    }

    private static void Again(List<TarEntry> entries)
    {
        MemoryStream archive = new();
        TarWriter writer = new(archive);
        List<TarEntry> written = [];
        byte[] zeros = new byte[4096];
        foreach (TarEntry entry in entries)
        {
            try
            {
                writer.WriteEntry(entry);
            }
            catch (ArchiveException)
            {
                // What an unknown type of entry carries is not written.
                continue;
            }
            for (long left = entry.Size; left > 0; left -= Math.Min(left, zeros.Length)) writer.Write(zeros.AsSpan(0, (int)Math.Min(left, zeros.Length)));
            written.Add(entry);
        }
        writer.Finish();
        archive.Position = 0;
        TarReader reader = new(archive, new() { LongestExtendedHeader = 1 << 20 });
        foreach (TarEntry entry in written)
        {
            if (reader.Read() is not { } again || !again.Name.Span.SequenceEqual(entry.Name.Span) || again.Size != entry.Size || again.ModifyTime != entry.ModifyTime || again.Uid != entry.Uid)
                throw new InvalidOperationException("what was written is read otherwise");
        }
        if (reader.Read() is not null) throw new InvalidOperationException("more is read than was written");
    }
}
