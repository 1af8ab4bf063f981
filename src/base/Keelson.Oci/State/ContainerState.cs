namespace Keelson.Oci;

/// <summary>The state of a container, as hooks get it on standard input and <c>state</c> prints it.</summary>
/// <remarks>runtime-spec 1.3 runtime "State".</remarks>
public sealed class ContainerState
{
    /// <summary>Version of the specification that the state complies with.</summary>
    public string OciVersion { get; set; } = "";

    /// <summary>The container's id.</summary>
    public string Id { get; set; } = "";

    /// <summary>Where in its lifecycle it is.</summary>
    public ContainerStatus Status { get; set; }

    /// <summary>Process id as the runtime sees it; absent when there is none.</summary>
    public int? Pid { get; set; }

    /// <summary>Bundle directory; absolute.</summary>
    public string Bundle { get; set; } = "";

    /// <summary>Annotations of the configuration.</summary>
    public Dictionary<string, string> Annotations { get => field ??= []; set; }
}
