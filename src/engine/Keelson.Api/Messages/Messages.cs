using System.Diagnostics.CodeAnalysis;
using Containerd.Types;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Keelson.Content;
using Keelson.Oci;

namespace Keelson.Api;

/// <summary>The engine's values as messages, and back.</summary>
internal static class Messages
{
    /// <summary>Labels of a request. One without a value does not exist, as in containerd.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is empty or a label is too long.</exception>
    public static LabelSet Labels(MapField<string, string> labels) => labels.Count == 0 ? LabelSet.Empty : LabelSet.From(labels.Where(label => label.Value.Length > 0));

    /// <summary>Puts labels into a message.</summary>
    public static void Fill(this MapField<string, string> target, LabelSet labels)
    {
        foreach ((string key, string value) in labels) target[key] = value;
    }

    /// <summary>A digest of a request.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is empty or none.</exception>
    public static Digest Digest(string text) => Oci.Digest.Parse(text);

    /// <summary>A digest of a request, empty for an empty text.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is none.</exception>
    public static Digest OptionalDigest(string text) => text.Length == 0 ? default : Oci.Digest.Parse(text);

    /// <summary>A time; <see langword="null"/> for the default value, which stands for one that is not known.</summary>
    public static Timestamp? Time(DateTimeOffset time) => time == default ? null : Timestamp.FromDateTimeOffset(time);

    /// <summary>Paths of a field mask; empty when there is none.</summary>
    public static IReadOnlyCollection<string> Paths(FieldMask? mask) => mask is null ? [] : mask.Paths;

    /// <summary>Sets the map that a path of a field mask names, or one key of it: <c>labels</c>, <c>labels.KEY</c>.</summary>
    /// <param name="path">The path.</param>
    /// <param name="map">Name of the map.</param>
    /// <param name="current">Is changed.</param>
    /// <param name="wanted">Has the values; a key that it lacks is removed.</param>
    /// <returns>Whether the path names this map.</returns>
    public static bool TrySet<T>(string path, string map, MapField<string, T> current, MapField<string, T> wanted)
    {
        if (path == map)
        {
            current.Clear();
            current.Add(wanted);
            return true;
        }
        if (path.Length <= map.Length + 1 || path[map.Length] != '.' || !path.StartsWith(map, StringComparison.Ordinal)) return false;
        string key = path[(map.Length + 1)..];
        if (wanted.TryGetValue(key, out T? value)) current[key] = value;
        else current.Remove(key);
        return true;
    }

    /// <summary>The object that a request must carry.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is missing.</exception>
    public static T Required<T>([NotNull] T? value, string what) where T : class => value ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"request: its {what} is missing");

    /// <summary>A descriptor as a message.</summary>
    public static BlobDescriptor Message(ContentDescriptor descriptor)
    {
        BlobDescriptor message = new() { MediaType = descriptor.MediaType, Digest = descriptor.Digest.ToString(), Size = descriptor.Size };
        message.Annotations.Fill(descriptor.Annotations);
        return message;
    }

    /// <summary>A descriptor of a request.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: its digest is none.</exception>
    public static ContentDescriptor Descriptor(BlobDescriptor message) => new(message.MediaType, Digest(message.Digest), message.Size) { Annotations = LabelSet.From(message.Annotations) };
}
