using System.Security.Cryptography;

namespace Keelson.Archive.Tests;

/// <summary>Compressed streams: whole, cut off, damaged, and made by others.</summary>
public class CompressionTests
{
    private static readonly byte[] Plain = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i / 7 * (i % 13)))];

    public static TheoryData<CompressionKind> Kinds => [CompressionKind.None, CompressionKind.Gzip, CompressionKind.Zstd];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_compressed_is_detected_and_read_again(CompressionKind kind)
    {
        byte[] packed = Pack(Plain, kind);
        Assert.Equal(kind, Compression.Detect(packed));
        foreach (int most in new[] { 1, 3, 1000, 1 << 20 })
        {
            Assert.Equal(Plain, Unpack(new SlowStream(packed, most)));
            await using Stream stream = await Compression.OpenReadAsync(new SlowStream(packed, most), cancellationToken: TestContext.Current.CancellationToken);
            MemoryStream plain = new();
            await stream.CopyToAsync(plain, TestContext.Current.CancellationToken);
            Assert.Equal(Plain, plain.ToArray());
        }
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    public void Several_members_follow_each_other(CompressionKind kind)
    {
        byte[] first = Pack(Plain[..1000], kind), empty = Pack([], kind), last = Pack(Plain[1000..], kind);
        foreach (int most in new[] { 1, 2, 17, 8192, 1 << 20 })
            Assert.Equal(Plain, Unpack(new SlowStream([.. first, .. empty, .. last], most)));
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    public void A_stream_that_is_cut_off_anywhere_is_an_error(CompressionKind kind)
    {
        byte[] packed = Pack(RandomNumberGenerator.GetBytes(300), kind);
        for (int length = Compression.MagicBytes; length < packed.Length; length++)
            Assert.Equal(ErrorKind.DataLoss, Assert.Throws<ArchiveException>(() => Unpack(new MemoryStream(packed, 0, length))).Kind);
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    public void What_follows_and_is_no_member_is_an_error(CompressionKind kind)
    {
        byte[] packed = Pack(Plain, kind);
        Assert.Throws<ArchiveException>(() => Unpack(new MemoryStream([.. packed, .. "what is this"u8])));
        Assert.Throws<ArchiveException>(() => Unpack(new MemoryStream([.. packed, .. packed.AsSpan(0, packed.Length / 2)])));
    }

    [Fact]
    public void A_wrong_checksum_is_an_error()
    {
        byte[] packed = Pack(Plain, CompressionKind.Gzip);
        packed[^7] ^= 1;
        Assert.Throws<ArchiveException>(() => Unpack(new MemoryStream(packed)));
    }

    [Fact]
    public void Skippable_frames_are_passed_over() =>
        Assert.Equal(Plain, Unpack(new MemoryStream([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3, .. Pack(Plain, CompressionKind.Zstd), 0x51, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9])));

    [Fact]
    public void A_zstd_frame_that_wants_much_memory_is_refused()
    {
        using Tree tree = new("zstd");
        Tree.Shell("head -c 300000 /dev/zero | zstd -q --long=30 -c > \"$1/long\"; head -c 300000 /dev/zero | zstd -q --long=25 -c > \"$1/fine\"", tree.Path);
        Assert.Equal(300_000, Unpack(File.OpenRead(tree["fine"])).Length);
        Assert.Throws<ArchiveException>(() => Unpack(File.OpenRead(tree["long"])));
    }

    [Theory]
    [InlineData("gzip -1")]
    [InlineData("gzip -9")]
    [InlineData("zstd -q -1")]
    [InlineData("zstd -q -19")]
    public void Others_streams_are_read_and_ours_by_them(string program)
    {
        using Tree tree = new("streams");
        File.WriteAllBytes(tree["plain"], Plain);
        Tree.Shell("cd \"$1\"; " + program + " -c < plain > theirs", tree.Path);
        Assert.Equal(Plain, Unpack(File.OpenRead(tree["theirs"])));
        File.WriteAllBytes(tree["ours"], Pack(Plain, program.StartsWith('g') ? CompressionKind.Gzip : CompressionKind.Zstd));
        Tree.Shell("cd \"$1\"; " + program.Split(' ')[0] + " -dc < ours | cmp - plain", tree.Path);
    }

    [Theory]
    [InlineData("application/vnd.oci.image.layer.v1.tar+gzip", true, CompressionKind.Gzip)]
    [InlineData("application/vnd.oci.image.layer.v1.tar+zstd", true, CompressionKind.Zstd)]
    [InlineData("application/vnd.oci.image.layer.v1.tar", true, CompressionKind.None)]
    [InlineData("application/vnd.docker.image.rootfs.diff.tar.gzip", true, CompressionKind.Gzip)]
    [InlineData("application/vnd.oci.empty.v1+json", false, CompressionKind.None)]
    public void Media_types_tell_the_compression(string mediaType, bool isKnown, CompressionKind kind) =>
        Assert.Equal((isKnown, kind), (Compression.TryFromMediaType(mediaType, out CompressionKind found), found));

    [Fact]
    public void Nothing_is_nothing()
    {
        Assert.Empty(Unpack(new MemoryStream()));
        Assert.Throws<ArchiveException>(() => Unpack(new MemoryStream(), CompressionKind.Gzip));
    }

    private static byte[] Pack(byte[] plain, CompressionKind kind)
    {
        MemoryStream packed = new();
        using (Stream stream = Compression.OpenWrite(packed, kind)) stream.Write(plain);
        return packed.ToArray();
    }

    private static byte[] Unpack(Stream packed, CompressionKind? kind = null)
    {
        using (packed)
        using (Stream stream = Compression.OpenRead(packed, kind))
        {
            MemoryStream plain = new();
            stream.CopyTo(plain);
            return plain.ToArray();
        }
    }
}
