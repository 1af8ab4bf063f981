using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>Checkpoint: saves the processes of a container.</summary>
/// <param name="Id">The container.</param>
/// <param name="Path">Directory for the images.</param>
/// <param name="Options"><c>containerd.runc.v1.CheckpointOptions</c>; <see langword="null"/> for its defaults.</param>
public sealed record CheckpointRequest(string Id, string Path, TypedMessage? Options)
{
    /// <summary>Reads a request.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static CheckpointRequest Parse(ReadOnlySpan<byte> message)
    {
        string id = "", path = "";
        TypedMessage? options = null;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: id = reader.Text; break;
                case 2: path = reader.Text; break;
                case 3: options = TypedMessage.Parse(reader.Bytes); break;
            }
        }
        return new CheckpointRequest(id, path, options);
    }

    /// <summary>The request as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, Id);
        writer.TextIfSet(2, Path);
        if (Options is not null) writer.Message(3, Options.Write());
        return writer.ToArray();
    }

    /// <summary>The arguments of the runtime's <c>checkpoint</c> that the options stand for, without paths.</summary>
    public List<string> ToArguments(out string workPath, out string imagePath)
    {
        workPath = "";
        imagePath = Path;
        bool exits = false;
        List<string> arguments = [];
        ProtobufReader reader = new(Options is null ? default : Options.Value.Span);
        while (reader.Next())
        {
            bool isOn = reader.Number != 0;
            switch (reader.Field)
            {
                case 1: exits = isOn; break;
                case 2 when isOn: arguments.Add("--tcp-established"); break;
                case 3 when isOn: arguments.Add("--ext-unix-sk"); break;
                case 4 when isOn: arguments.Add("--shell-job"); break;
                case 5 when isOn: arguments.Add("--file-locks"); break;
                case 6: arguments.AddRange(["--empty-ns", reader.Text]); break;
                case 7 when !reader.Bytes.IsEmpty: arguments.AddRange(["--manage-cgroups-mode", reader.Text]); break;
                case 8 when !reader.Bytes.IsEmpty: imagePath = reader.Text; break;
                case 9: workPath = reader.Text; break;
            }
        }
        if (!exits) arguments.Add("--leave-running");
        return arguments;
    }
}
