using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>A message with its type: <c>google.protobuf.Any</c>.</summary>
/// <param name="TypeUrl">Name of the type, perhaps with a host before it.</param>
/// <param name="Value">The message; for some types of containerd it is JSON.</param>
public sealed record TypedMessage(string TypeUrl, ReadOnlyMemory<byte> Value)
{
    /// <summary>The type without a host.</summary>
    public string TypeName => TypeUrl[(TypeUrl.LastIndexOf('/') + 1)..];

    /// <summary>Reads a message.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static TypedMessage Parse(ReadOnlySpan<byte> message)
    {
        string type = "";
        byte[] value = [];
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 1) type = reader.Text;
            else if (reader.Field == 2) value = reader.Bytes.ToArray();
        }
        return new TypedMessage(type, value);
    }

    /// <summary>Writes the message.</summary>
    public ProtobufWriter Write()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, TypeUrl);
        writer.BytesIfSet(2, Value.Span);
        return writer;
    }
}
