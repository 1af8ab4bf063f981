using Keelson.Content;
using Keelson.Protobuf;
using Keelson.Shim.Api;

namespace Keelson.Engine.Tasks;

/// <summary>What a container's record says of how to run it: its payload is a <c>containerd.services.containers.v1.Container</c>.</summary>
/// <param name="Spec">Its configuration, with a type.</param>
/// <param name="Options">Options for its shim; <see langword="null"/> for none.</param>
public sealed record ContainerDefinition(TypedMessage Spec, TypedMessage? Options)
{
    /// <summary>Reads the record of a container.</summary>
    /// <exception cref="KeelsonException">DataLoss: its payload is damaged. InvalidArgument: it has no specification.</exception>
    public static ContainerDefinition Of(ContainerRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        TypedMessage? spec = null, options = null;
        ProtobufReader reader = new(record.Payload.Span);
        while (reader.Next())
        {
            if (reader.Field == 5) spec = TypedMessage.Parse(reader.Bytes);
            else if (reader.Field == 4) options = Runtime(reader.Bytes);
        }
        if (spec is null || spec.Value.IsEmpty) throw new KeelsonException(ErrorKind.InvalidArgument, $"container {record.Id}: its specification is missing");
        return new(spec, options);
    }

    private static TypedMessage? Runtime(ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
            if (reader.Field == 2)
                return TypedMessage.Parse(reader.Bytes);
        return null;
    }
}
