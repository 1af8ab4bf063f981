namespace Keelson.Ttrpc;

/// <summary>The client's end of one connection, without its socket: gives the bytes to send and takes the bytes that came.</summary>
public sealed class ClientSession
{
    private readonly FrameReader frames = new();
    private readonly ByteQueue unsent = new();
    private uint nextStream = 1;

    /// <summary>Bytes to send; valid until the next call of this object.</summary>
    public ReadOnlyMemory<byte> Unsent => unsent.Waiting;

    /// <summary>Notes that the first bytes of <see cref="Unsent"/> were sent.</summary>
    public void Sent(int count) => unsent.Remove(count);

    /// <summary>Puts a call among the bytes to send.</summary>
    /// <returns>The number that its answer will carry.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: it is too long. Unavailable: the connection has no numbers left; make another.</exception>
    public uint Start(TtrpcRequest request)
    {
        if (nextStream > int.MaxValue) throw new KeelsonException(ErrorKind.Unavailable, "start ttrpc call: the connection has no stream numbers left");
        unsent.AddFrame(nextStream, FrameType.Request, FrameFlags.None, request.ToBytes());
        nextStream += 2;
        return nextStream - 2;
    }

    /// <summary>Takes bytes that came from the server.</summary>
    public void Receive(ReadOnlySpan<byte> bytes) => frames.Add(bytes);

    /// <summary>The next answer.</summary>
    /// <param name="streamId">What <see cref="Start"/> returned for the call.</param>
    /// <param name="response">The answer.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="KeelsonException">DataLoss: an answer is damaged; the connection is of no more use.</exception>
    public bool TryTake(out uint streamId, out TtrpcResponse? response)
    {
        while (frames.TryTake(out Frame frame))
        {
            streamId = frame.Header.StreamId;
            if (frame.IsTooLong)
            {
                response = new TtrpcResponse(StatusCode.ResourceExhausted, $"receive ttrpc response: {frame.Header.Length} bytes are more than {FrameHeader.MaximumMessageBytes}", default);
                return true;
            }
            if (frame.Header.Type != FrameType.Response) continue;
            response = TtrpcResponse.Parse(frame.Message.Span);
            return true;
        }
        streamId = 0;
        response = null;
        return false;
    }
}
