namespace Keelson.Cgroups;

/// <summary>How a group is made, besides its path and limits.</summary>
public sealed class CgroupOptions
{
    /// <summary>
    /// Whether the caller lacks the rights of root. A hierarchy that then cannot be written is left out, unless the configuration named a path
    /// or a limit needs it; device rules that are refused are passed over. The same as runC. What runC refuses: <c>cpuset</c> of v1 is left out under
    /// a named path too, where a group above has no CPUs and belongs to another user, and no limit names any.
    /// </summary>
    public bool IsRootless { get; init; }

    /// <summary>Whether device rules are left alone: rules cannot be set inside of a user namespace.</summary>
    public bool SkipDevices { get; init; }

    /// <summary>The container's root user on the host, who is given the group in the v2 tree; <see langword="null"/> leaves it to the caller's user.</summary>
    public uint? OwnerUid { get; init; }

    /// <summary>Takes sentences about settings that have no effect here.</summary>
    public Action<string>? Warn { get; init; }
}
