using Keelson.Protobuf;
using Keelson.Shim.Api;

namespace Keelson.Api;

/// <summary>What the daemon itself has to know of runC's options.</summary>
internal static class RuncOptions
{
    private const string CreateType = "containerd.runc.v1.Options", CheckpointType = "containerd.runc.v1.CheckpointOptions";

    /// <summary>The directory of a checkpoint that the options of a task name, to go on from it; empty for none.</summary>
    public static string RestorePath(TypedMessage? options) => Text(options, CreateType, field: 10);

    /// <summary>The directory that the options of a checkpoint name for it; empty for none.</summary>
    public static string CheckpointPath(TypedMessage? options) => Text(options, CheckpointType, field: 8);

    private static string Text(TypedMessage? message, string type, int field)
    {
        if (message is null || message.TypeName != type) return "";
        ProtobufReader reader = new(message.Value.Span);
        string text = "";
        while (reader.Next())
            if (reader.Field == field)
                text = reader.Text;
        return text;
    }
}
