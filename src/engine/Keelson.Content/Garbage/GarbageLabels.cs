using System.Globalization;

namespace Keelson.Content;

/// <summary>Reads the control labels of garbage collection.</summary>
internal static class GarbageLabels
{
    private const string SnapshotKind = "snapshot.";

    /// <summary>What an object needs.</summary>
    public static IEnumerable<GarbageNode> References(string space, LabelSet labels) => Nodes(space, labels, ControlLabels.GcReference + ".");

    /// <summary>What needs an object.</summary>
    public static IEnumerable<GarbageNode> BackReferences(string space, LabelSet labels) => Nodes(space, labels, ControlLabels.GcBackReference + ".");

    /// <summary>Whether an object has outlived its time. A time that cannot be read never comes, so that nothing is lost by a slip.</summary>
    public static bool IsExpired(LabelSet labels, DateTimeOffset now) => labels.TryGetValue(ControlLabels.GcExpire, out string? text) && TryTime(text, out DateTimeOffset time) && time <= now;

    /// <summary>Reads a time of RFC 3339.</summary>
    public static bool TryTime(string text, out DateTimeOffset time)
    {
        time = default;
        return text.Length >= 20 && text[10] is 'T' or 't' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    private static IEnumerable<GarbageNode> Nodes(string space, LabelSet labels, string prefix)
    {
        if (labels.Count == 0) yield break;
        foreach ((string key, string value) in labels)
            if (key.StartsWith(prefix, StringComparison.Ordinal) && TryType(key.AsSpan(prefix.Length), out string type)) yield return new(space, type, value);
    }

    /// <summary>The type of the node that a label names: <c>content</c>, <c>content.1</c>, <c>content/1</c>, <c>snapshot.overlayfs/1</c>, <c>image.x</c>.</summary>
    private static bool TryType(ReadOnlySpan<char> kind, out string type)
    {
        type = Is(kind, "content") ? LeaseResource.Content : Is(kind, "image") ? LeaseResource.Images : Is(kind, "container") ? GarbageNode.Containers : "";
        if (type.Length > 0 || !kind.StartsWith(SnapshotKind)) return type.Length > 0;
        ReadOnlySpan<char> name = kind[SnapshotKind.Length..];
        int slash = name.IndexOf('/');
        if (slash >= 0) name = name[..slash];
        if (name.Length == 0) return false;
        type = string.Concat(LeaseResource.Snapshots, name);
        return true;
    }

    private static bool Is(ReadOnlySpan<char> kind, string name) => kind.StartsWith(name) && (kind.Length == name.Length || kind[name.Length] is '.' or '/');
}
