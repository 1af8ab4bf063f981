using Keelson.Protobuf;

namespace Keelson.Ttrpc;

/// <summary>A call.</summary>
/// <param name="Service">Full name of the service: <c>containerd.task.v2.Task</c>.</param>
/// <param name="Method">Its method: <c>Create</c>.</param>
/// <param name="Payload">The argument, a message of Protocol Buffers.</param>
public sealed record TtrpcRequest(string Service, string Method, ReadOnlyMemory<byte> Payload)
{
    private const int MaximumMetadata = 256;

    /// <summary>How long the caller waits, from the moment of sending; <see langword="null"/> without end.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Names and values besides the argument; a name may come more than once.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];

    /// <summary>The first value of this name; <see langword="null"/> when there is none.</summary>
    public string? Find(string name)
    {
        foreach ((string key, string value) in Metadata)
            if (key == name)
                return value;
        return null;
    }

    /// <summary>Reads a request.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged. InvalidArgument: it has more than 256 entries of metadata.</exception>
    public static TtrpcRequest Parse(ReadOnlySpan<byte> message)
    {
        string service = "", method = "";
        byte[] payload = [];
        long timeout = 0;
        List<KeyValuePair<string, string>>? metadata = null;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: service = reader.Text; break;
                case 2: method = reader.Text; break;
                case 3: payload = reader.Bytes.ToArray(); break;
                case 4: timeout = reader.Number; break;
                case 5:
                    metadata ??= [];
                    if (metadata.Count == MaximumMetadata) throw new KeelsonException(ErrorKind.InvalidArgument, $"read ttrpc request: more than {MaximumMetadata} entries of metadata");
                    metadata.Add(ParsePair(reader.Bytes));
                    break;
            }
        }
        return new TtrpcRequest(service, method, payload)
        {
            Timeout = timeout > 0 ? TimeSpan.FromTicks(Math.Max(1, timeout / TimeSpan.NanosecondsPerTick)) : null,
            Metadata = metadata ?? (IReadOnlyList<KeyValuePair<string, string>>)[],
        };
    }

    /// <summary>The request as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, Service);
        writer.TextIfSet(2, Method);
        writer.BytesIfSet(3, Payload.Span);
        if (Timeout is { } timeout) writer.NumberIfSet(4, Nanoseconds(timeout));
        foreach ((string key, string value) in Metadata)
        {
            ProtobufWriter pair = new();
            pair.TextIfSet(1, key);
            pair.TextIfSet(2, value);
            writer.Message(5, pair);
        }
        return writer.ToArray();
    }

    private static long Nanoseconds(TimeSpan time) =>
        time.Ticks <= 0 ? 1 : time.Ticks > long.MaxValue / TimeSpan.NanosecondsPerTick ? long.MaxValue : time.Ticks * TimeSpan.NanosecondsPerTick;

    private static KeyValuePair<string, string> ParsePair(ReadOnlySpan<byte> message)
    {
        string key = "", value = "";
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 1) key = reader.Text;
            else if (reader.Field == 2) value = reader.Text;
        }
        return new(key, value);
    }
}
