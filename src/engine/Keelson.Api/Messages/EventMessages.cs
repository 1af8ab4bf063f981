using Containerd.Events;
using Containerd.Services.Images.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Keelson.Content;

namespace Keelson.Api;

/// <summary>Events as messages: how they are announced, and which of their fields filters see.</summary>
internal static class EventMessages
{
    /// <summary>The events whose fields filters can look at, by the full name of their message, which is also the URL of their type.</summary>
    private static readonly Dictionary<string, MessageParser> Parsers = new MessageDescriptor[]
    {
        NamespaceCreate.Descriptor, NamespaceUpdate.Descriptor, NamespaceDelete.Descriptor,
        ContainerCreate.Descriptor, ContainerUpdate.Descriptor, ContainerDelete.Descriptor,
        ImageCreate.Descriptor, ImageUpdate.Descriptor, ImageDelete.Descriptor,
        ContentDelete.Descriptor, SnapshotPrepare.Descriptor, SnapshotCommit.Descriptor, SnapshotRemove.Descriptor,
        TaskCreate.Descriptor, TaskStart.Descriptor, TaskDelete.Descriptor, TaskExit.Descriptor, TaskOOM.Descriptor, TaskExecAdded.Descriptor,
        TaskExecStarted.Descriptor, TaskPaused.Descriptor, TaskResumed.Descriptor, TaskCheckpointed.Descriptor,
        SandboxCreate.Descriptor, SandboxStart.Descriptor, SandboxExit.Descriptor,
    }.ToDictionary(type => type.FullName, type => type.Parser);

    /// <summary>An event to announce a change with.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="topic">What happened, as <c>/images/create</c>.</param>
    /// <param name="message">The event.</param>
    public static EventDraft Draft(string space, string topic, IMessage message) => new(space, topic, message.Descriptor.FullName, message.ToByteArray());

    /// <summary>The event itself, as it was announced.</summary>
    public static Any Payload(EventRecord record) => new() { TypeUrl = record.TypeUrl, Value = UnsafeByteOperations.UnsafeWrap(record.Payload) };

    /// <summary>An event as a filter sees it: <c>namespace</c>, <c>topic</c>, and <c>event.</c> with the fields of its message.</summary>
    public static IFilterable Fields(EventRecord record) => new EventView(record);

    private sealed class EventView(EventRecord record) : IFilterable
    {
        private IMessage? message;
        private bool isRead;

        public bool TryGetField(IReadOnlyList<string> path, out string value)
        {
            if (path[0] != "event") return ((IFilterable)record).TryGetField(path, out value);
            value = "";
            return Message is { } found && TryGet(found, path, 1, out value);
        }

        private IMessage? Message
        {
            get
            {
                if (isRead) return message;
                isRead = true;
                if (!Parsers.TryGetValue(record.TypeUrl, out MessageParser? parser)) return null;
                try
                {
                    message = parser.ParseFrom(record.Payload.Span);
                }
                catch (InvalidProtocolBufferException)
                {
                    // Anybody may publish anything; what is no message has no fields.
                }
                return message;
            }
        }

        private static bool TryGet(IMessage message, IReadOnlyList<string> path, int at, out string value)
        {
            value = "";
            if (at == path.Count || message.Descriptor.FindFieldByName(path[at]) is not { } field) return false;
            switch (field.Accessor.GetValue(message))
            {
                case string text when at == path.Count - 1:
                    value = text;
                    return true;
                case IDictionary<string, string> map:
                    return map.TryGetValue(string.Join('.', path.Skip(at + 1)), out value!);
                case IMessage inner:
                    return TryGet(inner, path, at + 1, out value);
                default:
                    return false;
            }
        }
    }
}
