using System.Globalization;
using System.Text;

namespace Keelson.Archive.Tests;

/// <summary>Header blocks byte by byte, for archives that no writer makes.</summary>
internal static class RawTar
{
    /// <summary>A header with a right checksum.</summary>
    public static byte[] Header(string name, char type = '0', string size = "00000000000", Action<byte[]>? change = null)
    {
        byte[] block = new byte[512];
        Put(block, 0, name);
        Put(block, 100, "0000644");
        Put(block, 108, "0000000");
        Put(block, 116, "0000000");
        Put(block, 124, size);
        Put(block, 136, "07346545000");
        block[156] = (byte)type;
        Put(block, 257, "ustar\u000000");
        change?.Invoke(block);
        Put(block, 148, "        ");
        int sum = block.Sum(b => b);
        Put(block, 148, Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ");
        return block;
    }

    public static void Put(byte[] block, int offset, string text) => Encoding.Latin1.GetBytes(text, 0, text.Length, block, offset);

    public static string Octal(long size) => Convert.ToString(size, 8).PadLeft(11, '0');

    /// <summary>Contents, filled up to whole blocks.</summary>
    public static byte[] Padded(byte[] contents) => [.. contents, .. new byte[-contents.Length & 511]];

    /// <summary>An extended header and the entry behind it.</summary>
    public static byte[] Extended(string records, byte[] entry) =>
        [.. Header("PaxHeader", 'x', Octal(records.Length)), .. Padded(Encoding.Latin1.GetBytes(records)), .. entry];

    /// <summary>A record with the right length.</summary>
    public static string Record(string key, string value)
    {
        int length = key.Length + value.Length + 3;
        length += (length + (length + 1).ToString(CultureInfo.InvariantCulture).Length).ToString(CultureInfo.InvariantCulture).Length;
        return string.Create(CultureInfo.InvariantCulture, $"{length} {key}={value}\n");
    }

    public static byte[] End => new byte[1024];

    /// <summary>All entries of an archive, and their contents.</summary>
    public static List<(TarEntry Entry, byte[] Contents)> ReadAll(byte[] archive, TarLimits? limits = null)
    {
        TarReader reader = new(new MemoryStream(archive), limits);
        List<(TarEntry, byte[])> entries = [];
        while (reader.Read() is { } entry)
        {
            MemoryStream contents = new();
            new TarContentStream(reader).CopyTo(contents);
            entries.Add((entry, contents.ToArray()));
        }
        return entries;
    }
}
