namespace Keelson.Ttrpc.Tests;

public class FrameTests
{
    [Fact]
    public void A_header_is_ten_bytes_big_endian()
    {
        byte[] bytes = new byte[FrameHeader.Size];
        new FrameHeader(0x01020304, 0x05060709, FrameType.Response, FrameFlags.RemoteOpen).Write(bytes);
        Assert.Equal("01020304050607090202", Convert.ToHexStringLower(bytes));
        Assert.Equal(new FrameHeader(0x01020304, 0x05060709, FrameType.Response, FrameFlags.RemoteOpen), FrameHeader.Read(bytes));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Frames_are_found_however_the_bytes_arrive(int chunk)
    {
        ByteQueue wire = new();
        wire.AddFrame(1, FrameType.Request, FrameFlags.None, "first"u8);
        wire.AddFrame(3, FrameType.Request, FrameFlags.None, default);
        wire.AddFrame(5, FrameType.Data, FrameFlags.RemoteClosed, "third"u8);
        FrameReader reader = new();
        List<(uint, string)> seen = [];
        foreach (byte[] bytes in wire.Waiting.ToArray().Chunk(chunk))
        {
            reader.Add(bytes);
            while (reader.TryTake(out Frame frame)) seen.Add((frame.Header.StreamId, System.Text.Encoding.UTF8.GetString(frame.Message.Span)));
        }
        Assert.Equal([(1, "first"), (3, ""), (5, "third")], seen);
        Assert.Equal(0, reader.Waiting);
    }

    [Theory]
    [InlineData(FrameHeader.MaximumMessageBytes + 1)]
    [InlineData((64 << 20) + 3)]
    public void A_message_that_is_too_long_is_skipped_without_being_kept(int length)
    {
        FrameReader reader = new();
        byte[] header = new byte[FrameHeader.Size], chunk = new byte[64 << 10];
        new FrameHeader((uint)length, 1, FrameType.Request, FrameFlags.None).Write(header);
        reader.Add(header);
        Assert.True(reader.TryTake(out Frame tooLong) && tooLong.IsTooLong);
        for (int rest = length; rest > 0; rest -= chunk.Length)
        {
            reader.Add(chunk.AsSpan(0, Math.Min(rest, chunk.Length)));
            Assert.Equal(0, reader.Waiting);
        }
        ByteQueue next = new();
        next.AddFrame(3, FrameType.Request, FrameFlags.None, "next"u8);
        reader.Add(next.Waiting.Span);
        Assert.True(reader.TryTake(out Frame frame));
        Assert.Equal(3u, frame.Header.StreamId);
    }

    [Fact]
    public void A_message_of_the_longest_length_is_taken()
    {
        ByteQueue wire = new();
        wire.AddFrame(1, FrameType.Request, FrameFlags.None, new byte[FrameHeader.MaximumMessageBytes]);
        FrameReader reader = new();
        reader.Add(wire.Waiting.Span);
        Assert.True(reader.TryTake(out Frame frame));
        Assert.Equal(FrameHeader.MaximumMessageBytes, frame.Message.Length);
        Assert.Throws<KeelsonException>(() => wire.AddFrame(3, FrameType.Request, FrameFlags.None, new byte[FrameHeader.MaximumMessageBytes + 1]));
    }
}
