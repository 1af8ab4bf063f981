using Keelson.Protobuf;
using Keelson.Shim.Api;

namespace Keelson.Shim.Events;

/// <summary>Something that happened to a task.</summary>
/// <param name="Topic">Where subscribers look for it: <c>/tasks/exit</c>.</param>
/// <param name="Type">Its type in <c>containerd.events</c>.</param>
/// <param name="Message">What is to be said.</param>
public sealed record TaskEvent(string Topic, string Type, byte[] Message)
{
    /// <summary>The event in its envelope, in a <c>ForwardRequest</c>.</summary>
    public byte[] ToForwardRequest(string containerNamespace, DateTimeOffset at)
    {
        ProtobufWriter envelope = new(), request = new();
        envelope.Time(1, at);
        envelope.TextIfSet(2, containerNamespace);
        envelope.TextIfSet(3, Topic);
        envelope.Message(4, new TypedMessage("containerd.events." + Type, Message).Write());
        request.Message(1, envelope);
        return request.ToArray();
    }
}
