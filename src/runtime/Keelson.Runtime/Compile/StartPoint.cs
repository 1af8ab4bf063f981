namespace Keelson.Runtime.Compile;

/// <summary>Points at which a child speaks to the parent. A record on the channel holds -1 minus the point, and one value.</summary>
internal enum StartPoint
{
    /// <summary>The first stage's last word: the value is the ID of the process it cloned, as the parent's namespace counts. That one awaits the answer.</summary>
    ProcessId = 1,

    /// <summary>The user namespace is there and wants its mappings.</summary>
    Mappings = 2,

    /// <summary>The mounts are attached and the root is not pivoted yet: hooks of the creation run.</summary>
    BeforePivot = 3,

    /// <summary>The value is a seccomp listener among the child's descriptors.</summary>
    SeccompListener = 4,

    /// <summary>All is done but execve. No answer is awaited.</summary>
    Ready = 5,

    /// <summary>The network namespace is there and wants its devices.</summary>
    NetworkDevices = 6,

    /// <summary>The process wants to be put into its cgroup.</summary>
    Cgroup = 7,
}
