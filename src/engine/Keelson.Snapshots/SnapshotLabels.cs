namespace Keelson.Snapshots;

/// <summary>Labels that say how a snapshot is made. containerd 1.7.</summary>
public static class SnapshotLabels
{
    /// <summary>Owners as a user namespace has them: <c>INSIDE:OUTSIDE:COUNT</c>, several with commas between. Goes with <see cref="GroupMapping"/>.</summary>
    public const string UserMapping = "containerd.io/snapshot/uidmapping";

    /// <summary>Groups as a user namespace has them.</summary>
    public const string GroupMapping = "containerd.io/snapshot/gidmapping";
}
