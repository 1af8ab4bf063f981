using Keelson.Linux.Sys;

namespace Keelson.Runtime;

/// <summary>What saving a container and continuing it have in common. criu(8).</summary>
public abstract class CriuOptions
{
    /// <summary>Directory of the images; <c>checkpoint</c> in the working directory by default.</summary>
    public string ImagePath { get; init; } = "checkpoint";

    /// <summary>Directory of criu's log and other files; that of the images by default.</summary>
    public string? WorkPath { get; init; }

    /// <summary>Open TCP connections are saved too.</summary>
    public bool TcpEstablished { get; init; }

    /// <summary>Unix sockets may be connected to processes outside of the container.</summary>
    public bool ExternalUnixSockets { get; init; }

    /// <summary>The container belongs to a session and a terminal outside of it.</summary>
    public bool ShellJob { get; init; }

    /// <summary>File locks are saved too.</summary>
    public bool FileLocks { get; init; }

    /// <summary>Memory is transferred when it is first used: userfaultfd(2).</summary>
    public bool LazyPages { get; init; }

    /// <summary>Memory that a later image replaces is cut out of the earlier one.</summary>
    public bool AutoDedup { get; init; }

    /// <summary>What happens to control groups; criu's default, <c>soft</c>, by default.</summary>
    public CgroupCheckpointMode CgroupMode { get; init; }

    /// <summary>Namespaces that are made and not filled: <c>CLONE_NEWNET</c> or none.</summary>
    public CloneFlags EmptyNamespaces { get; init; }
}
