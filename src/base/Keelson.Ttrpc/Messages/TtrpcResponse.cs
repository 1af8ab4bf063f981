using Keelson.Protobuf;

namespace Keelson.Ttrpc;

/// <summary>The answer to a call. Its status is a <c>google.rpc.Status</c>.</summary>
/// <param name="Code">How the call ended.</param>
/// <param name="Message">Why, when it failed.</param>
/// <param name="Payload">The result, a message of Protocol Buffers.</param>
public sealed record TtrpcResponse(StatusCode Code, string Message, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Reads a response.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static TtrpcResponse Parse(ReadOnlySpan<byte> message)
    {
        StatusCode code = StatusCode.Ok;
        string text = "";
        byte[] payload = [];
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 1) ParseStatus(reader.Bytes, ref code, ref text);
            else if (reader.Field == 2) payload = reader.Bytes.ToArray();
        }
        return new TtrpcResponse(code, text, payload);
    }

    /// <summary>The response as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter writer = new();
        if (Code != StatusCode.Ok)
        {
            ProtobufWriter status = new();
            status.Number(1, (int)Code);
            status.TextIfSet(2, Message);
            writer.Message(1, status);
        }
        writer.BytesIfSet(2, Payload.Span);
        return writer.ToArray();
    }

    private static void ParseStatus(ReadOnlySpan<byte> message, ref StatusCode code, ref string text)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 1) code = (StatusCode)(int)reader.Number;
            else if (reader.Field == 2) text = reader.Text;
        }
    }
}
