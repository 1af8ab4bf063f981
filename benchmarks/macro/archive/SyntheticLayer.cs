using System.IO.Compression;
using Keelson.Archive;

namespace Keelson.Bench.Archive;

/// <summary>A layer in the shape of a language image's <c>/usr</c>: 1,741 directories, 37,714 files of long-tailed sizes, 3,841 symbolic links.</summary>
internal static class SyntheticLayer
{
    /// <summary>Writes it; the same bytes every time.</summary>
    public static (int Entries, long Bytes) Write(string path)
    {
        Random random = new(42);
        byte[] pool = Pool(random);
        using FileStream file = File.Create(path);
        using GZipStream gzip = new(file, CompressionLevel.Optimal);
        TarWriter tar = new(gzip);
        List<string> directories = [];
        int entries = 0;
        long bytes = 0;
        void Add(string name, TarEntryType type, uint mode, ReadOnlySpan<byte> contents = default, string link = "")
        {
            tar.WriteEntry(new() { Name = TarEntry.ToName(name), Type = type, Mode = mode, Size = contents.Length, LinkName = TarEntry.ToName(link), ModifyTime = new(1_600_000_000, 0) });
            tar.Write(contents);
            entries++;
            bytes += contents.Length;
        }
        for (int i = 0; i < 1741; i++)
        {
            directories.Add(i == 0 ? "usr" : directories.Count > 20 ? $"{directories[random.Next(Math.Min(200, directories.Count))]}/d{i}" : $"usr/d{i}");
            Add(directories[^1], TarEntryType.Directory, 0b111_101_101);
        }
        for (int i = 0; i < 37714; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            int length = (int)Math.Min(Math.Exp(7.55 + 1.5 * normal), 900_000);
            Add($"{directories[random.Next(directories.Count)]}/f{i}", TarEntryType.RegularFile, 0b110_100_100, pool.AsSpan(random.Next(pool.Length - length), length));
        }
        for (int i = 0; i < 3841; i++) Add($"{directories[random.Next(directories.Count)]}/l{i}", TarEntryType.SymbolicLink, 0b111_111_111, link: $"f{i}");
        tar.Finish();
        return (entries, bytes);
    }

    private static byte[] Pool(Random random)
    {
        byte[][] words = [.. Enumerable.Range(0, 6000).Select(_ => random.GetItems("etaoinshrdlucmfwypvbgkjqxz_"u8, random.Next(2, 10)))];
        return [.. Enumerable.Range(0, 1_500_000).SelectMany(_ => (byte[])[.. words[random.Next(words.Length)], (byte)' '])];
    }
}
