using Keelson.Oci;

namespace Keelson.Runtime;

/// <summary>How a process is added to a running container.</summary>
public sealed class ExecOptions
{
    /// <summary>The process. Its arguments must not be empty.</summary>
    public required ProcessSpec Process { get; init; }

    /// <summary>Unix socket that takes the master of the pseudo-terminal; needed when the process has a terminal.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>File that gets the process ID.</summary>
    public string? PidFile { get; init; }

    /// <summary>Unix socket that takes a descriptor of the process. pidfd_open(2).</summary>
    public string? PidFdSocket { get; init; }

    /// <summary>Path below the container's cgroup that the process joins; the container's own by default.</summary>
    public string? SubCgroup { get; init; }

    /// <summary>The v1 controllers that <see cref="SubCgroup"/> is meant for; all when empty.</summary>
    public string[] SubCgroupControllers { get; init; } = [];

    /// <summary>Goes into a paused container, where the process waits with the others.</summary>
    public bool IgnoresPaused { get; init; }

    /// <summary>Number of descriptors after stderr that the process inherits.</summary>
    public int PreserveFds { get; init; }
}
