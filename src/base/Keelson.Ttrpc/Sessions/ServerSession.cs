namespace Keelson.Ttrpc;

/// <summary>The server's end of one connection, without its socket: takes the bytes that came and gives the calls and the bytes to send.</summary>
/// <remarks>
/// What breaks the rules of the protocol is answered here: a stream that is even or not new, a message that is too long, a call that wants to stream,
/// more calls at once than <see cref="MaximumCalls"/>.
/// </remarks>
public sealed class ServerSession
{
    /// <summary>Most calls of a connection that wait for their answers. A runaway client must not fill the server's memory.</summary>
    public const int MaximumCalls = 4096;

    /// <summary>Most bytes of answers that a client may leave unread before nothing more is read from it.</summary>
    public const int MaximumUnsentBytes = 2 * FrameHeader.MaximumMessageBytes;

    private readonly FrameReader frames = new();
    private readonly ByteQueue unsent = new();
    private readonly HashSet<uint> open = [];
    private uint lastStream;

    /// <summary>Bytes to send; valid until the next call of this object.</summary>
    public ReadOnlyMemory<byte> Unsent => unsent.Waiting;

    /// <summary>Calls that have no answer yet.</summary>
    public int OpenCalls => open.Count;

    /// <summary>Whether the client leaves so many answers unread that nothing more should be read from it.</summary>
    public bool IsCongested => unsent.Count > MaximumUnsentBytes;

    /// <summary>Takes bytes that came from the client.</summary>
    public void Receive(ReadOnlySpan<byte> bytes) => frames.Add(bytes);

    /// <summary>Notes that the first bytes of <see cref="Unsent"/> were sent.</summary>
    public void Sent(int count) => unsent.Remove(count);

    /// <summary>The next call.</summary>
    /// <returns>Whether there is one.</returns>
    public bool TryTake(out ServerCall? call)
    {
        while (frames.TryTake(out Frame frame))
        {
            call = Accept(frame);
            if (call is not null) return true;
        }
        call = null;
        return false;
    }

    /// <summary>Answers a call; one that was answered before is left as it is.</summary>
    /// <param name="streamId">The call.</param>
    /// <param name="payload">The result.</param>
    public void Respond(uint streamId, ReadOnlyMemory<byte> payload)
    {
        if (!open.Remove(streamId)) return;
        byte[] response = new TtrpcResponse(StatusCode.Ok, "", payload).ToBytes();
        if (response.Length <= FrameHeader.MaximumMessageBytes) unsent.AddFrame(streamId, FrameType.Response, FrameFlags.None, response);
        else Refuse(streamId, StatusCode.ResourceExhausted, $"send ttrpc response: {response.Length} bytes are more than {FrameHeader.MaximumMessageBytes}");
    }

    /// <summary>Answers a call with an error; one that was answered before is left as it is.</summary>
    public void Fail(uint streamId, StatusCode code, string message)
    {
        if (open.Remove(streamId)) Refuse(streamId, code, message);
    }

    private ServerCall? Accept(Frame frame)
    {
        FrameHeader header = frame.Header;
        if (header.Type == FrameType.Data)
        {
            Refuse(header.StreamId, StatusCode.Unimplemented, "receive ttrpc data: streams are not served");
            return null;
        }
        if (header.Type != FrameType.Request) return null;
        if (header.StreamId % 2 == 0) return Refuse(header.StreamId, StatusCode.InvalidArgument, $"accept ttrpc stream {header.StreamId}: those of a client are odd");
        if (header.StreamId <= lastStream) return Refuse(header.StreamId, StatusCode.InvalidArgument, $"accept ttrpc stream {header.StreamId}: it is not new");
        lastStream = header.StreamId;
        if (frame.IsTooLong)
            return Refuse(header.StreamId, StatusCode.ResourceExhausted, $"receive ttrpc request: {header.Length} bytes are more than {FrameHeader.MaximumMessageBytes}");
        if ((header.Flags & FrameFlags.RemoteOpen) != 0) return Refuse(header.StreamId, StatusCode.Unimplemented, "open ttrpc stream: streams are not served");
        if (open.Count >= MaximumCalls) return Refuse(header.StreamId, StatusCode.ResourceExhausted, $"accept ttrpc call: {MaximumCalls} are open");
        try
        {
            TtrpcRequest request = TtrpcRequest.Parse(frame.Message.Span);
            open.Add(header.StreamId);
            return new ServerCall(header.StreamId, request);
        }
        catch (KeelsonException e)
        {
            return Refuse(header.StreamId, StatusCode.InvalidArgument, "read ttrpc request: " + e.Message);
        }
    }

    private ServerCall? Refuse(uint streamId, StatusCode code, string message)
    {
        unsent.AddFrame(streamId, FrameType.Response, FrameFlags.None, new TtrpcResponse(code, message, default).ToBytes());
        return null;
    }
}
