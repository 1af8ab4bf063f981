namespace Keelson.Ttrpc.Tests;

public class SessionTests
{
    private readonly ServerSession server = new();
    private readonly ByteQueue wire = new();

    private static byte[] Request { get; } = new TtrpcRequest("s", "m", "argument"u8.ToArray()).ToBytes();

    [Fact]
    public void A_call_is_taken_and_its_answer_sent()
    {
        ClientSession client = new();
        uint first = client.Start(new TtrpcRequest("s", "one", default)), second = client.Start(new TtrpcRequest("s", "two", default));
        server.Receive(client.Unsent.Span);
        client.Sent(client.Unsent.Length);
        Assert.True(server.TryTake(out ServerCall? one) & server.TryTake(out ServerCall? two) & !server.TryTake(out _));
        Assert.Equal((1u, 3u, "one", "two"), (first, second, one!.Request.Method, two!.Request.Method));
        server.Fail(two.StreamId, StatusCode.NotFound, "not there");
        server.Respond(one.StreamId, "result"u8.ToArray());
        client.Receive(server.Unsent.Span);
        Assert.True(client.TryTake(out uint stream, out TtrpcResponse? response));
        Assert.Equal((second, StatusCode.NotFound, "not there"), (stream, response!.Code, response.Message));
        Assert.True(client.TryTake(out stream, out response));
        Assert.Equal((first, StatusCode.Ok, "result"), (stream, response!.Code, System.Text.Encoding.UTF8.GetString(response.Payload.Span)));
        Assert.Equal(0, server.OpenCalls);
    }

    [Fact]
    public void A_second_answer_to_a_call_is_not_sent()
    {
        Receive(1, FrameType.Request);
        Assert.True(server.TryTake(out _));
        server.Respond(1, default);
        int length = server.Unsent.Length;
        server.Respond(1, default);
        server.Fail(1, StatusCode.Unknown, "again");
        Assert.Equal(length, server.Unsent.Length);
    }

    [Fact]
    public void An_even_stream_is_refused() => Refuses(2, FrameType.Request, StatusCode.InvalidArgument, "odd");

    [Fact]
    public void A_stream_that_was_used_is_refused()
    {
        Receive(5, FrameType.Request);
        Assert.True(server.TryTake(out _));
        Refuses(5, FrameType.Request, StatusCode.InvalidArgument, "not new");
        Refuses(3, FrameType.Request, StatusCode.InvalidArgument, "not new");
    }

    [Fact]
    public void A_call_that_wants_to_stream_is_refused_and_the_connection_goes_on()
    {
        Refuses(1, FrameType.Request, StatusCode.Unimplemented, "streams", FrameFlags.RemoteOpen);
        Refuses(1, FrameType.Data, StatusCode.Unimplemented, "streams");
        Receive(3, FrameType.Request, FrameFlags.RemoteClosed);
        Assert.True(server.TryTake(out ServerCall? call));
        Assert.Equal("m", call!.Request.Method);
    }

    [Fact]
    public void A_damaged_request_is_refused()
    {
        wire.AddFrame(1, FrameType.Request, FrameFlags.None, [0x0a, 0x7f]);
        server.Receive(wire.Waiting.Span);
        Assert.False(server.TryTake(out _));
        Assert.Equal(StatusCode.InvalidArgument, Answer().Code);
    }

    [Fact]
    public void A_request_that_is_too_long_is_refused()
    {
        byte[] header = new byte[FrameHeader.Size];
        new FrameHeader(FrameHeader.MaximumMessageBytes + 1, 1, FrameType.Request, FrameFlags.None).Write(header);
        server.Receive(header);
        Assert.False(server.TryTake(out _));
        Assert.Equal(StatusCode.ResourceExhausted, Answer().Code);
    }

    [Fact]
    public void An_answer_that_is_too_long_becomes_an_error()
    {
        Receive(1, FrameType.Request);
        Assert.True(server.TryTake(out _));
        server.Respond(1, new byte[FrameHeader.MaximumMessageBytes]);
        Assert.Equal(StatusCode.ResourceExhausted, Answer().Code);
    }

    [Fact]
    public void More_open_calls_than_the_limit_are_refused()
    {
        for (uint i = 0; i < ServerSession.MaximumCalls; i++)
        {
            Receive(2 * i + 1, FrameType.Request);
            Assert.True(server.TryTake(out _));
        }
        Refuses(2 * ServerSession.MaximumCalls + 1, FrameType.Request, StatusCode.ResourceExhausted, "open");
    }

    [Fact]
    public void A_client_that_does_not_read_is_noticed()
    {
        for (uint stream = 1; !server.IsCongested; stream += 2)
        {
            Receive(stream, FrameType.Request);
            Assert.True(server.TryTake(out _));
            server.Respond(stream, new byte[1 << 20]);
            Assert.InRange(server.Unsent.Length, 0, ServerSession.MaximumUnsentBytes + FrameHeader.MaximumMessageBytes);
        }
        server.Sent(server.Unsent.Length);
        Assert.False(server.IsCongested);
    }

    private void Receive(uint stream, FrameType type, FrameFlags flags = FrameFlags.None)
    {
        wire.AddFrame(stream, type, flags, Request);
        server.Receive(wire.Waiting.Span);
        wire.Remove(wire.Count);
    }

    private void Refuses(uint stream, FrameType type, StatusCode code, string words, FrameFlags flags = FrameFlags.None)
    {
        Receive(stream, type, flags);
        Assert.False(server.TryTake(out _));
        TtrpcResponse answer = Answer();
        Assert.Equal(code, answer.Code);
        Assert.Contains(words, answer.Message, StringComparison.Ordinal);
    }

    private TtrpcResponse Answer()
    {
        ClientSession client = new();
        client.Receive(server.Unsent.Span);
        server.Sent(server.Unsent.Length);
        Assert.True(client.TryTake(out _, out TtrpcResponse? response));
        return response!;
    }
}
