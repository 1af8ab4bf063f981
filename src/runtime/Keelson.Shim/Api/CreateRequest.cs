using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>Create: makes a container and its first process.</summary>
/// <param name="Id">The container.</param>
/// <param name="Bundle">Directory with <c>config.json</c>.</param>
/// <param name="Stdio">Streams of the first process.</param>
public sealed record CreateRequest(string Id, string Bundle, StdioPaths Stdio)
{
    /// <summary>Mounts that make the root file system, in their order.</summary>
    public IReadOnlyList<MountEntry> Rootfs { get; init; } = [];

    /// <summary>Directory of a checkpoint to go on from; empty without one.</summary>
    public string Checkpoint { get; init; } = "";

    /// <summary>Directory of the checkpoint that came before; empty without one.</summary>
    public string ParentCheckpoint { get; init; } = "";

    /// <summary><see cref="ShimOptions"/>, or something that is for another shim.</summary>
    public TypedMessage? Options { get; init; }

    /// <summary>Reads a request.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static CreateRequest Parse(ReadOnlySpan<byte> message)
    {
        string id = "", bundle = "", stdin = "", stdout = "", stderr = "", checkpoint = "", parent = "";
        bool terminal = false;
        TypedMessage? options = null;
        List<MountEntry> rootfs = [];
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: id = reader.Text; break;
                case 2: bundle = reader.Text; break;
                case 3: rootfs.Add(MountEntry.Parse(reader.Bytes)); break;
                case 4: terminal = reader.Number != 0; break;
                case 5: stdin = reader.Text; break;
                case 6: stdout = reader.Text; break;
                case 7: stderr = reader.Text; break;
                case 8: checkpoint = reader.Text; break;
                case 9: parent = reader.Text; break;
                case 10: options = TypedMessage.Parse(reader.Bytes); break;
            }
        }
        return new CreateRequest(id, bundle, new StdioPaths(stdin, stdout, stderr, terminal))
        {
            Rootfs = rootfs,
            Checkpoint = checkpoint,
            ParentCheckpoint = parent,
            Options = options,
        };
    }

    /// <summary>The request as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, Id);
        writer.TextIfSet(2, Bundle);
        foreach (MountEntry mount in Rootfs) writer.Message(3, mount.Write());
        writer.Switch(4, Stdio.Terminal);
        writer.TextIfSet(5, Stdio.Stdin);
        writer.TextIfSet(6, Stdio.Stdout);
        writer.TextIfSet(7, Stdio.Stderr);
        writer.TextIfSet(8, Checkpoint);
        writer.TextIfSet(9, ParentCheckpoint);
        if (Options is not null) writer.Message(10, Options.Write());
        return writer.ToArray();
    }
}
