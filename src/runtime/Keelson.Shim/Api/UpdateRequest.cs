using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>Update: changes the limits of a container.</summary>
/// <param name="Id">The container.</param>
/// <param name="Resources">The <c>linux.resources</c> object, JSON. runtime-spec config-linux "Control groups".</param>
public sealed record UpdateRequest(string Id, TypedMessage Resources)
{
    /// <summary>Reads a request.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static UpdateRequest Parse(ReadOnlySpan<byte> message)
    {
        string id = "";
        TypedMessage resources = new("", default);
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 1) id = reader.Text;
            else if (reader.Field == 2) resources = TypedMessage.Parse(reader.Bytes);
        }
        return new UpdateRequest(id, resources);
    }

    /// <summary>The request as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, Id);
        writer.Message(2, Resources.Write());
        return writer.ToArray();
    }
}
