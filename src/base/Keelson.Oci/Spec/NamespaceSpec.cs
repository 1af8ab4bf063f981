namespace Keelson.Oci;

/// <summary>A namespace to make or to join.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Namespaces".</remarks>
public sealed class NamespaceSpec
{
    /// <summary>Which kind.</summary>
    public NamespaceKind Type { get; set; }

    /// <summary>Namespace file to join; absolute, on the host. Absent makes a new one.</summary>
    public string? Path { get; set; }
}
