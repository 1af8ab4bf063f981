namespace Keelson.Oci;

/// <summary>What the listener of a system call filter gets together with the notify descriptor.</summary>
/// <remarks>runtime-spec 1.3 config-linux "The Container Process State".</remarks>
public sealed class ContainerProcessState
{
    /// <summary>The name of the notify descriptor in <see cref="Fds"/>.</summary>
    public const string SeccompFd = "seccompFd";

    /// <summary>Version of the specification that this complies with.</summary>
    public string OciVersion { get; set; } = "";

    /// <summary>Names of the descriptors that are passed along, in their order.</summary>
    public string[] Fds { get; set; } = [];

    /// <summary>Process id of the filtered process as the runtime sees it.</summary>
    public int Pid { get; set; }

    /// <summary><see cref="SeccompProfile.ListenerMetadata"/>.</summary>
    public string? Metadata { get; set; }

    /// <summary>State of the container.</summary>
    public ContainerState State { get; set; } = new();
}
