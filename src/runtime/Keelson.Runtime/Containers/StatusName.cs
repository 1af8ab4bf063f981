using Keelson.Oci;

namespace Keelson.Runtime.Containers;

/// <summary>The names of the states. runtime-spec 1.3 runtime "State".</summary>
public static class StatusName
{
    /// <summary>The name of a status, such as <c>running</c>.</summary>
    public static string Of(ContainerStatus status) => status switch
    {
        ContainerStatus.Creating => "creating",
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Paused => "paused",
        _ => "stopped",
    };
}
