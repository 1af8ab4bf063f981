using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>CreateSandbox: makes a sandbox, whose containers come later.</summary>
/// <param name="Id">The sandbox.</param>
/// <param name="Bundle">Its directory; a <c>config.json</c> in it says what the sandbox is.</param>
public sealed record SandboxCreateRequest(string Id, string Bundle)
{
    /// <summary>Mounts that make the root file system of a sandbox that runs a program, in their order.</summary>
    public IReadOnlyList<MountEntry> Rootfs { get; init; } = [];

    /// <summary><see cref="ShimOptions"/>, or something that is for another shim.</summary>
    public TypedMessage? Options { get; init; }

    /// <summary>A network namespace that is there already; empty: the configuration says.</summary>
    public string NetworkNamespace { get; init; } = "";

    /// <summary>Annotations of who asks.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads a request.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static SandboxCreateRequest Parse(ReadOnlySpan<byte> message)
    {
        string id = "", bundle = "", network = "";
        TypedMessage? options = null;
        List<MountEntry> rootfs = [];
        Dictionary<string, string> annotations = new(StringComparer.Ordinal);
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: id = reader.Text; break;
                case 2: bundle = reader.Text; break;
                case 3: rootfs.Add(MountEntry.Parse(reader.Bytes)); break;
                case 4: options = TypedMessage.Parse(reader.Bytes); break;
                case 5: network = reader.Text; break;
                case 6: TextPairs.Add(annotations, reader.Bytes); break;
            }
        }
        return new SandboxCreateRequest(id, bundle) { Rootfs = rootfs, Options = options, NetworkNamespace = network, Annotations = annotations };
    }

    /// <summary>The request as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, Id);
        writer.TextIfSet(2, Bundle);
        foreach (MountEntry mount in Rootfs) writer.Message(3, mount.Write());
        if (Options is not null) writer.Message(4, Options.Write());
        writer.TextIfSet(5, NetworkNamespace);
        TextPairs.Write(writer, 6, Annotations);
        return writer.ToArray();
    }
}
