namespace Keelson.Runtime.Compile;

/// <summary>Points at which a child speaks to the parent. A record on the channel holds -1 minus the point, and one value.</summary>
internal enum StartPoint
{
    /// <summary>The value is the process ID of the container's process, as the parent's namespace counts. No answer is awaited.</summary>
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
}
