using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>What a sandbox is doing: the answer to SandboxStatus.</summary>
/// <param name="Id">The sandbox.</param>
/// <param name="Pid">The process whose namespaces its containers join; 0 when there is none.</param>
/// <param name="State"><see cref="Ready"/>, <see cref="NotReady"/>, or what another shim says.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExitedAt">When it ended; <see langword="null"/> while it has not.</param>
public sealed record SandboxStatus(string Id, int Pid, string State, DateTimeOffset? CreatedAt, DateTimeOffset? ExitedAt)
{
    /// <summary>The state between start and end. The word is the CRI's, and so is what its callers look for.</summary>
    public const string Ready = "SANDBOX_READY";

    /// <summary>The state before the start and after the end.</summary>
    public const string NotReady = "SANDBOX_NOTREADY";

    /// <summary>What a person may want to know besides.</summary>
    public IReadOnlyDictionary<string, string> Info { get; init; } = new Dictionary<string, string>();

    /// <summary>What another shim tells besides.</summary>
    public TypedMessage? Extra { get; init; }

    /// <summary>Reads an answer.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static SandboxStatus Parse(ReadOnlySpan<byte> message)
    {
        string id = "", state = "";
        int pid = 0;
        Dictionary<string, string> info = new(StringComparer.Ordinal);
        DateTimeOffset? createdAt = null, exitedAt = null;
        TypedMessage? extra = null;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: id = reader.Text; break;
                case 2: pid = (int)reader.Number; break;
                case 3: state = reader.Text; break;
                case 4: TextPairs.Add(info, reader.Bytes); break;
                case 5: createdAt = Timestamps.Parse(reader.Bytes); break;
                case 6: exitedAt = Timestamps.Parse(reader.Bytes); break;
                case 7: extra = TypedMessage.Parse(reader.Bytes); break;
            }
        }
        return new SandboxStatus(id, pid, state, createdAt, exitedAt) { Info = info, Extra = extra };
    }

    /// <summary>The answer as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, Id);
        writer.NumberIfSet(2, Pid);
        writer.TextIfSet(3, State);
        TextPairs.Write(writer, 4, Info);
        writer.Time(5, CreatedAt);
        writer.Time(6, ExitedAt);
        if (Extra is not null) writer.Message(7, Extra.Write());
        return writer.ToArray();
    }
}
