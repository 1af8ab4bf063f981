namespace Keelson.Content;

/// <summary>Labels that steer the engine. Whoever can set one on content can keep it, or other content, from being collected.</summary>
public static class ControlLabels
{
    /// <summary>What every control label begins with.</summary>
    public const string Prefix = "containerd.io/";
    /// <summary>The object is a root of garbage collection, whatever the value.</summary>
    public const string GcRoot = "containerd.io/gc.root";
    /// <summary>A lease whose references are not followed further.</summary>
    public const string GcFlat = "containerd.io/gc.flat";
    /// <summary>When a lease, or an image, stops to be a root: a time of RFC 3339.</summary>
    public const string GcExpire = "containerd.io/gc.expire";
    /// <summary>The object needs other ones: <c>.content</c>, <c>.snapshot.NAME</c> or <c>.image</c> follows, and after a dot or slash anything that tells several apart.</summary>
    public const string GcReference = "containerd.io/gc.ref";
    /// <summary>As <see cref="GcReference"/> the other way round: the named object needs the labelled one.</summary>
    public const string GcBackReference = "containerd.io/gc.bref";
    /// <summary>On a namespace with the value <c>true</c>: its content may be used by others although the policy is isolated.</summary>
    public const string NamespaceShareable = "containerd.io/namespace.shareable";

    /// <summary>Whether a key belongs to the engine. Letter case does not matter, so that no reader which folds it is led astray.</summary>
    public static bool IsControl(string key) => key.AsSpan().TrimStart().StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Labels from an image's configuration, or from another stranger, without those that steer the engine.</summary>
    /// <remarks>CVE-2026-53488. Whoever copies labels of an image to an object of the store calls this.</remarks>
    /// <exception cref="KeelsonException">InvalidArgument: a key is empty or a label is too long.</exception>
    public static LabelSet Strip(IEnumerable<KeyValuePair<string, string>> labels) => LabelSet.From(labels.Where(label => !IsControl(label.Key)));
}
