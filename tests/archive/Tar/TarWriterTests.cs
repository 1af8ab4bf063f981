using CsCheck;
using Keelson.Linux.Sys;

namespace Keelson.Archive.Tests;

/// <summary>What is written is read again as it was, by us and by others.</summary>
public class TarWriterTests
{
    private static readonly Gen<byte[]> Name = Gen.Byte[1, 255].Array[1, 300];

    private static readonly Gen<TarAttribute> Attribute = Gen.Select(Gen.Byte[97, 122].Array[1, 20], Gen.Byte.Array[0, 300], (name, value) =>
        new TarAttribute((byte[])[.. "user."u8, .. name], value));

    private static readonly Gen<TarEntry> Entry = Gen.Select(Name, Gen.Enum<TarEntryType>(), Name, Gen.Long[0, uint.MaxValue - 1],
        Gen.Select(Gen.Long[-(1L << 35), 1L << 40], Gen.Long[0, 999_999_999], (seconds, nanoseconds) => new FileTime(seconds, nanoseconds)), Gen.Int[0, 3000], Attribute.Array[0, 4], Gen.UInt[0, 0xfff])
        .Select((name, type, link, id, time, size, attributes, mode) => new TarEntry
        {
            Name = type == TarEntryType.RegularFile && name[^1] == '/' ? (byte[])[.. name, (byte)'x'] : name,
            Type = type,
            LinkName = type is TarEntryType.HardLink or TarEntryType.SymbolicLink ? link : default,
            Uid = id,
            Gid = uint.MaxValue - 1 - id,
            ModifyTime = time,
            Size = type == TarEntryType.RegularFile ? size : 0,
            Mode = mode,
            DeviceMajor = type == TarEntryType.BlockDevice ? (uint)id : 0,
            DeviceMinor = type == TarEntryType.CharacterDevice ? (uint)id : 0,
            Attributes = [.. attributes.DistinctBy(attribute => Convert.ToHexString(attribute.Name.Span))],
        });

    [Fact]
    public void A_pax_archive_holds_any_entry()
    {
        Entry.Array[1, 6].Sample(entries => RoundTrip(entries, TarFormat.Pax), iter: 2000);
    }

    [Fact]
    public void A_GNU_archive_holds_any_entry_but_attributes_and_parts_of_seconds()
    {
        Entry.Array[1, 6].Sample(entries => RoundTrip([.. entries.Select(entry => Plain(entry))], TarFormat.Gnu), iter: 2000);
    }

    [Fact]
    public void A_ustar_archive_holds_the_entry_or_refuses_it()
    {
        int refused = 0, held = 0;
        Entry.Sample(entry =>
        {
            try
            {
                RoundTrip([Plain(entry)], TarFormat.Ustar);
                Interlocked.Increment(ref held);
            }
            catch (ArchiveException e)
            {
                Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
                Interlocked.Increment(ref refused);
            }
        }, iter: 2000);
        Assert.True(refused > 0);
        RoundTrip([new TarEntry { Name = new byte[255].Select((_, i) => (byte)(i == 154 ? '/' : 'n')).ToArray(), Mode = 1 }], TarFormat.Ustar);
    }

    [RootTheory]
    [InlineData(TarFormat.Pax)]
    [InlineData(TarFormat.Gnu)]
    public void Others_read_what_we_write(TarFormat format)
    {
        using Tree source = Tree.Sample(isRich: true, hasXattrs: format == TarFormat.Pax), archives = new("archives"), ours = new("ours"), theirs = new("theirs");
        Tree.Shell("tar --format=pax --xattrs --xattrs-include='*' -cf \"$2\" -C \"$1\" .", source.Path, archives["in.tar"]);
        using (FileStream input = File.OpenRead(archives["in.tar"]))
        using (FileStream output = File.Create(archives["out.tar"]))
            Copy(input, output, format);

        Tree.Shell("tar --xattrs --xattrs-include='*' --numeric-owner -xpf \"$1\" -C \"$2\"; bsdtar --numeric-owner -xpf \"$1\" -C \"$3\"", archives["out.tar"], ours.Path, theirs.Path);
        if (format == TarFormat.Pax) Assert.Equal(source.Inventory(), ours.Inventory());
        Assert.Equal(ours.Inventory(), theirs.Inventory());
        Assert.Equal(Tree.Shell("tar -tf \"$1\" | wc -l", archives["in.tar"]), Tree.Shell("bsdtar -tf \"$1\" | wc -l", archives["out.tar"]));
        Assert.Equal(Tree.Shell("tar -tf \"$1\" | wc -l", archives["in.tar"]),
            Tree.Shell("python3 -c 'import sys,tarfile; print(len(tarfile.open(sys.argv[1]).getmembers()))' \"$1\"", archives["out.tar"]));
    }

    [Fact]
    public void Contents_have_the_length_that_was_said()
    {
        TarWriter writer = new(new MemoryStream());
        writer.WriteEntry(new() { Name = TarEntry.ToName("f"), Size = 3 });
        Assert.Throws<InvalidOperationException>(() => writer.Write(new byte[4]));
        Assert.Throws<InvalidOperationException>(writer.Finish);
    }

    [Fact]
    public void Version_7_has_no_devices()
    {
        TarWriter writer = new(new MemoryStream(), TarFormat.V7);
        writer.WriteEntry(new() { Name = TarEntry.ToName("d/"), Type = TarEntryType.Directory });
        Assert.Throws<ArchiveException>(() => writer.WriteEntry(new() { Name = TarEntry.ToName("null"), Type = TarEntryType.CharacterDevice }));
    }

    private static void Copy(Stream input, Stream output, TarFormat format)
    {
        TarReader reader = new(input);
        TarWriter writer = new(output, format);
        while (reader.Read() is { } entry)
        {
            writer.WriteEntry(format == TarFormat.Pax ? entry : Plain(entry));
            while (reader.TryReadPiece(out ReadOnlySpan<byte> data, out _)) writer.Write(data);
        }
        writer.Finish();
    }

    private static TarEntry Plain(TarEntry entry) => new()
    {
        Name = entry.Name,
        Type = entry.Type,
        Mode = entry.Mode,
        Uid = entry.Uid,
        Gid = entry.Gid,
        Size = entry.Size,
        LinkName = entry.LinkName,
        DeviceMajor = entry.DeviceMajor,
        DeviceMinor = entry.DeviceMinor,
        ModifyTime = entry.ModifyTime with { Nanoseconds = 0 },
    };

    private static void RoundTrip(TarEntry[] entries, TarFormat format)
    {
        MemoryStream archive = new();
        TarWriter writer = new(archive, format);
        foreach (TarEntry entry in entries)
        {
            writer.WriteEntry(entry);
            writer.Write(Contents(entry));
        }
        writer.Finish();
        List<(TarEntry Entry, byte[] Contents)> read = RawTar.ReadAll(archive.ToArray());
        Assert.Equal(entries.Select(Describe), read.Select(item => Describe(item.Entry)));
        Assert.Equal(entries.Select(Contents), read.Select(item => item.Contents));
    }

    private static byte[] Contents(TarEntry entry) => [.. Enumerable.Range(0, (int)entry.Size).Select(i => (byte)(i * 7))];

    private static string Describe(TarEntry entry) => string.Join('|', Convert.ToHexString(entry.Name.Span), entry.Type, entry.Mode, entry.Uid, entry.Gid, entry.Size, entry.ModifyTime,
        Convert.ToHexString(entry.LinkName.Span), entry.DeviceMajor, entry.DeviceMinor, string.Join(',', entry.Attributes.Select(a => Convert.ToHexString(a.Name.Span) + "=" + Convert.ToHexString(a.Value.Span))));
}
