namespace Keelson.Oci;

/// <summary>The root file system.</summary>
/// <remarks>runtime-spec 1.3 config "Root".</remarks>
public sealed class RootSpec
{
    /// <summary>Directory on the host; absolute, or relative to the bundle.</summary>
    public string Path { get; set; } = "";

    /// <summary>Whether it is read-only inside the container. Default <see langword="false"/>.</summary>
    public bool Readonly { get; set; }
}
