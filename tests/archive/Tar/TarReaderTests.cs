using System.Globalization;
using System.Text;

namespace Keelson.Archive.Tests;

/// <summary>Archives that lie, are damaged or cut off, and dialects that no program here writes.</summary>
public class TarReaderTests
{
    private static readonly byte[] Good = [.. RawTar.Header("file", size: RawTar.Octal(3)), .. RawTar.Padded("abc"u8.ToArray()), .. RawTar.End];

    [Fact]
    public void Names_are_bytes()
    {
        byte[] archive = [.. RawTar.Header("\u00ff\u00fe"), .. RawTar.End];
        Assert.Equal((byte[])[0xff, 0xfe], RawTar.ReadAll(archive)[0].Entry.Name.ToArray());
    }

    [Fact]
    public void Numbers_in_base_256_are_read()
    {
        byte[] archive = [.. RawTar.Header("f", change: block =>
        {
            RawTar.Put(block, 108, "\u0080\0\0\0\0\u00ff\u00ff\u00ff");
            RawTar.Put(block, 136, "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00fe");
        }), .. RawTar.End];
        TarEntry entry = RawTar.ReadAll(archive)[0].Entry;
        Assert.Equal((0xffffff, -2), (entry.Uid, entry.ModifyTime.Seconds));
    }

    [Fact]
    public void A_star_header_has_a_shorter_prefix()
    {
        byte[] archive = [.. RawTar.Header("name", change: block =>
        {
            RawTar.Put(block, 345, "prefix");
            RawTar.Put(block, 476, "07346545000\u000007346545000\0");
            RawTar.Put(block, 508, "tar\0");
        }), .. RawTar.End];
        Assert.Equal("prefix/name", RawTar.ReadAll(archive)[0].Entry.ToString());
    }

    [Fact]
    public void Signed_checksums_of_old_writers_are_taken()
    {
        byte[] header = RawTar.Header("\u00e9t\u00e9");
        int sum = header.Select((b, i) => i is >= 148 and < 156 ? 32 : (sbyte)b).Sum();
        RawTar.Put(header, 148, Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ");
        Assert.Single(RawTar.ReadAll([.. header, .. RawTar.End]));
    }

    [Fact]
    public void Global_headers_are_passed_over_and_the_last_record_counts()
    {
        string global = RawTar.Record("path", "nowhere");
        string records = RawTar.Record("path", "first") + RawTar.Record("path", "second") + RawTar.Record("mtime", "-1.25") + RawTar.Record("uid", "4000000000")
            + RawTar.Record("LIBARCHIVE.creationtime", "1") + RawTar.Record("SCHILY.xattr.user.a", "x=\0\n");
        byte[] archive = [.. RawTar.Header("g", 'g', RawTar.Octal(global.Length)), .. RawTar.Padded(Encoding.Latin1.GetBytes(global)), .. RawTar.Extended(records, RawTar.Header("short")), .. RawTar.End];
        TarEntry entry = RawTar.ReadAll(archive).Single().Entry;
        Assert.Equal(("second", -2L, 750_000_000L, 4_000_000_000L), (entry.ToString(), entry.ModifyTime.Seconds, entry.ModifyTime.Nanoseconds, entry.Uid));
        Assert.Equal("user.a:x=\\x00\\x0a", ArchiveText.Show(entry.Attributes[0].Name.Span) + ":" + ArchiveText.Show(entry.Attributes[0].Value.Span));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(514)]
    [InlineData(600)]
    [InlineData(1023)]
    [InlineData(1024)]
    public void An_archive_that_is_cut_off_is_an_error(int length)
    {
        ArchiveException error = Assert.Throws<ArchiveException>(() => RawTar.ReadAll(Good[..length]));
        Assert.Equal((ErrorKind.DataLoss, "read tar: the archive is cut off"), (error.Kind, error.Message));
    }

    [Fact]
    public void The_end_may_be_missing_only_where_that_is_said()
    {
        // Without any of the zeros behind the contents, as umoci leaves it; with some; with those of the last block.
        foreach (int length in (int[])[515, 516, 1000, 1024]) Assert.Single(RawTar.ReadAll(Good[..length], new() { AllowsMissingEnd = true }));
        foreach (int length in (int[])[1, 511, 512, 514]) Assert.Throws<ArchiveException>(() => RawTar.ReadAll(Good[..length], new() { AllowsMissingEnd = true }));
        Assert.Single(RawTar.ReadAll(Good[..^512]));
    }

    public static TheoryData<string, byte[]> Lies => new()
    {
        { "the checksum of a header is wrong", [.. Good[..10], (byte)'x', .. Good[11..]] },
        { "file: the size is negative", [.. RawTar.Header("file", change: block => Array.Fill(block, (byte)0xff, 124, 12)), .. RawTar.End] },
        { "file: the size is not a number", [.. RawTar.Header("file", size: "0000000008"), .. RawTar.End] },
        { "file: the size is not a number", [.. RawTar.Header("file", change: block => { Array.Fill(block, (byte)0xff, 124, 12); block[124] = 0xbf; }), .. RawTar.End] },
        { "the archive is cut off", [.. RawTar.Header("file", size: "77777777777"), .. RawTar.End] },
        { "the name is empty", [.. RawTar.Header(""), .. RawTar.End] },
        { "l: the link leads nowhere", [.. RawTar.Header("l", '2'), .. RawTar.End] },
        { "a block of zeros stands between entries", [.. new byte[512], .. Good] },
        { "the size in the extended header is negative", [.. RawTar.Extended(RawTar.Record("size", "-5"), RawTar.Header("f")), .. RawTar.End] },
        { "the size in the extended header is not a number", [.. RawTar.Extended(RawTar.Record("size", "9223372036854775808"), RawTar.Header("f")), .. RawTar.End] },
        { "a record of the extended header lies about its length", [.. RawTar.Extended("99 path=x\n", RawTar.Header("f")), .. RawTar.End] },
        { "a record of the extended header lies about its length", [.. RawTar.Extended("5 a=bc\n", RawTar.Header("f")), .. RawTar.End] },
        { "a record of the extended header has no length", [.. RawTar.Extended("nonsense", RawTar.Header("f")), .. RawTar.End] },
        { "a record of the extended header has no key", [.. RawTar.Extended("6 =bc\n", RawTar.Header("f")), .. RawTar.End] },
        { "a name holds a zero byte", [.. RawTar.Extended(RawTar.Record("path", "a\0b"), RawTar.Header("f")), .. RawTar.End] },
        { "the archive is cut off", [.. RawTar.Extended(RawTar.Record("size", "4000000000"), RawTar.Header("f")), .. RawTar.End] },
        { "f: the sparse map does not fit what is stored", [.. Sparse("0,5", "10", 3), .. RawTar.End] },
        { "f: the sparse map does not fit the file", [.. Sparse("0,3", "2", 3), .. RawTar.End] },
        { "f: the sparse map does not fit the file", [.. Sparse("5,2,4,1", "10", 3), .. RawTar.End] },
        { "f: the sparse map does not fit the file", [.. Sparse("9223372036854775807,9223372036854775807", "10", 3), .. RawTar.End] },
        { "f: the sparse map ends with half a region", [.. Sparse("1", "10", 3), .. RawTar.End] },
        { "f: the sparse file has no size", [.. RawTar.Extended(RawTar.Record("GNU.sparse.map", "0,0"), RawTar.Header("f")), .. RawTar.End] },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_header_that_lies_is_an_error(string cause, byte[] archive)
    {
        ArchiveException error = Assert.Throws<ArchiveException>(() => RawTar.ReadAll(archive));
        Assert.Equal("read tar: " + cause, error.Message);
    }

    [Fact]
    public void An_extended_header_of_a_million_records_is_refused_without_reading_it()
    {
        string records = string.Concat(Enumerable.Repeat(RawTar.Record("SCHILY.xattr.user.x", "y"), 100));
        byte[] header = RawTar.Header("PaxHeader", 'x', RawTar.Octal(1_000_000L * records.Length / 100));
        ArchiveException error = Assert.Throws<ArchiveException>(() => RawTar.ReadAll([.. header, .. Encoding.Latin1.GetBytes(records)]));
        Assert.Equal((ErrorKind.InvalidArgument, "read tar: PaxHeader: the extended header is longer than 1048576 bytes"), (error.Kind, error.Message));
        string many = string.Concat(Enumerable.Range(0, 1100).Select(i => RawTar.Record(string.Create(CultureInfo.InvariantCulture, $"SCHILY.xattr.user.{i}"), "y")));
        Assert.Contains("more than 1024 extended attributes", Assert.Throws<ArchiveException>(() => RawTar.ReadAll(RawTar.Extended(many, Good))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_name_has_a_limit()
    {
        byte[] archive = [.. RawTar.Header("././@LongLink", 'L', RawTar.Octal(1 << 20)), .. new byte[1 << 20], .. Good];
        Assert.Equal("read tar: ././@LongLink: the long name is longer than 32769 bytes", Assert.Throws<ArchiveException>(() => RawTar.ReadAll(archive)).Message);
    }

    [Fact]
    public void Sparse_contents_are_read_with_their_zeros()
    {
        (TarEntry entry, byte[] contents) = RawTar.ReadAll([.. Sparse("2,2,6,1", "8", 3), .. RawTar.End])[0];
        Assert.Equal((8, "\0\0ab\0\0c\0"), (entry.Size, Encoding.Latin1.GetString(contents)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(513)]
    public void A_stream_may_give_few_bytes_at_a_time(int most)
    {
        TarReader reader = new(new SlowStream(Good, most));
        Assert.Equal("file", reader.Read()!.ToString());
        using StreamReader text = new(new TarContentStream(reader));
        Assert.Equal("abc", text.ReadToEnd());
        Assert.Null(reader.Read());
        Assert.Null(reader.Read());
    }

    [Fact]
    public void Reading_an_entry_allocates_little()
    {
        byte[] archive = [.. Enumerable.Range(0, 2000).SelectMany(_ => Good[..1024]), .. RawTar.End];
        TarReader reader = new(new MemoryStream(archive));
        for (int i = 0; i < 500; i++) reader.Read();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) reader.Read();
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 1000, 0, 400);
    }

    private static byte[] Sparse(string map, string size, int stored) =>
        RawTar.Extended(RawTar.Record("GNU.sparse.map", map) + RawTar.Record("GNU.sparse.size", size), [.. RawTar.Header("f", size: RawTar.Octal(stored)), .. RawTar.Padded("abcdefgh"u8[..stored].ToArray())]);
}
