namespace Keelson.Cgroups;

/// <summary>What <see cref="OomEvents"/> tells.</summary>
public enum OomNotice
{
    /// <summary>Nothing that concerns memory.</summary>
    None,
    /// <summary>The group ran out of memory; where the kernel may kill, it killed.</summary>
    OutOfMemory,
    /// <summary>The group was removed, or in v2 its last process ended: no more notices come.</summary>
    Removed,
}
