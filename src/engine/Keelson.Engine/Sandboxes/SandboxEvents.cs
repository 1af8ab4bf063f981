using Keelson.Protobuf;
using Keelson.Shim.Api;
using Keelson.Shim.Events;

namespace Keelson.Engine.Sandboxes;

/// <summary>The events of sandboxes: <c>containerd.events</c>.</summary>
internal static class SandboxEvents
{
    /// <summary>A sandbox was made.</summary>
    public static TaskEvent Create(string id) => new("/sandboxes/create", "SandboxCreate", Sandbox(id).ToArray());

    /// <summary>It was started.</summary>
    public static TaskEvent Start(string id) => new("/sandboxes/start", "SandboxStart", Sandbox(id).ToArray());

    /// <summary>It has ended.</summary>
    public static TaskEvent Exit(string id, ExitResponse exit)
    {
        ProtobufWriter message = Sandbox(id);
        message.NumberIfSet(2, exit.ExitStatus);
        message.Time(3, exit.ExitedAt);
        return new("/sandboxes/exit", "SandboxExit", message.ToArray());
    }

    private static ProtobufWriter Sandbox(string id)
    {
        ProtobufWriter message = new();
        message.TextIfSet(1, id);
        return message;
    }
}
