namespace Keelson.Oci;

/// <summary>Where in its lifecycle a container is.</summary>
/// <remarks>runtime-spec 1.3 runtime "State"; <see cref="Paused"/> is what all runtimes add.</remarks>
public enum ContainerStatus
{
    /// <summary>It is being made.</summary>
    Creating,
    /// <summary>It is made, its process has not been executed.</summary>
    Created,
    /// <summary>Its process runs.</summary>
    Running,
    /// <summary>Its process has exited.</summary>
    Stopped,
    /// <summary>Its processes are frozen.</summary>
    Paused,
}
