using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>A mount of a root file system: <c>containerd.types.Mount</c>.</summary>
/// <param name="Type">Kind of file system: <c>overlay</c>, <c>bind</c>.</param>
/// <param name="Source">A device or directory.</param>
/// <param name="Target">Where, below the root file system; empty for itself.</param>
/// <param name="Options">As in <c>fstab</c>.</param>
public sealed record MountEntry(string Type, string Source, string Target, IReadOnlyList<string> Options)
{
    /// <summary>Reads a mount.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static MountEntry Parse(ReadOnlySpan<byte> message)
    {
        string type = "", source = "", target = "";
        List<string> options = [];
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: type = reader.Text; break;
                case 2: source = reader.Text; break;
                case 3: target = reader.Text; break;
                case 4: options.Add(reader.Text); break;
            }
        }
        return new MountEntry(type, source, target, options);
    }

    /// <summary>Writes the mount.</summary>
    public ProtobufWriter Write()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, Type);
        writer.TextIfSet(2, Source);
        writer.TextIfSet(3, Target);
        foreach (string option in Options) writer.Text(4, option);
        return writer;
    }
}
