using Keelson.Ttrpc;

namespace Keelson.Fuzz.Targets;

/// <summary>What a client sends to a ttrpc server, and what a server sends to a client, in pieces of every size.</summary>
internal sealed class TtrpcTarget : IFuzzTarget
{
    public string Name => "ttrpc";

    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return;
        int piece = input[0] % 64 + 1;
        ServerSession server = new();
        ClientSession client = new();
        try
        {
            for (ReadOnlySpan<byte> rest = input[1..]; !rest.IsEmpty; rest = rest[Math.Min(piece, rest.Length)..])
            {
                ReadOnlySpan<byte> bytes = rest[..Math.Min(piece, rest.Length)];
                server.Receive(bytes);
                while (server.TryTake(out ServerCall? call))
                {
                    Same.Bytes(call!.Request.ToBytes(), TtrpcRequest.Parse(call.Request.ToBytes()).ToBytes());
                    if (call.StreamId % 4 == 1) server.Respond(call.StreamId, call.Request.Payload);
                    else server.Fail(call.StreamId, StatusCode.NotFound, call.Request.Method);
                }
                if (server.OpenCalls != 0) throw new InvalidOperationException("an answered call is open");
                client.Receive(bytes);
                while (client.TryTake(out _, out TtrpcResponse? response)) Same.Bytes(response!.ToBytes(), TtrpcResponse.Parse(response.ToBytes()).ToBytes());
            }
        }
        catch (KeelsonException)
        {
            // The client refuses a damaged answer.
        }
    }
}
