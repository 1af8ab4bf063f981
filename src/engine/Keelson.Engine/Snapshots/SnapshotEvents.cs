using Keelson.Content;
using Keelson.Protobuf;

namespace Keelson.Engine.Snapshots;

/// <summary>Events of snapshots, which enter the log with the change: <c>containerd.events.Snapshot…</c>.</summary>
internal static class SnapshotEvents
{
    /// <summary>A snapshot to write to was made.</summary>
    public static EventDraft Prepare(string space, string key, string parent) => Draft(space, "/snapshot/prepare", "containerd.events.SnapshotPrepare", key, parent);

    /// <summary>A snapshot was committed under a name.</summary>
    public static EventDraft Commit(string space, string key, string name) => Draft(space, "/snapshot/commit", "containerd.events.SnapshotCommit", key, name);

    /// <summary>A snapshot was removed.</summary>
    public static EventDraft Remove(string space, string key) => Draft(space, "/snapshot/remove", "containerd.events.SnapshotRemove", key, "");

    private static EventDraft Draft(string space, string topic, string type, string first, string second)
    {
        ProtobufWriter message = new();
        message.TextIfSet(1, first);
        message.TextIfSet(2, second);
        return new(space, topic, type, message.ToArray());
    }
}
