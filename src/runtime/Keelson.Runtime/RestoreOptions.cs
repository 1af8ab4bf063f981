namespace Keelson.Runtime;

/// <summary>How a saved container is continued. criu(8).</summary>
public sealed class RestoreOptions : CriuOptions
{
    /// <summary>Label for the processes instead of the saved one: <c>TYPE:NAME</c>.</summary>
    public string? LsmProfile { get; init; }

    /// <summary>SELinux context for mounts instead of the saved one.</summary>
    public string? LsmMountContext { get; init; }
}
