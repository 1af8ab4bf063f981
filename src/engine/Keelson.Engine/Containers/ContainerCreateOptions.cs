namespace Keelson.Engine.Containers;

/// <summary>What a container is made from.</summary>
public sealed record ContainerCreateOptions
{
    /// <summary>Its name, with or without a slash before it; <see langword="null"/> or empty for one that the engine makes up.</summary>
    public string? Name { get; init; }

    /// <summary>What runs in it.</summary>
    public required ContainerSettings Settings { get; init; }

    /// <summary>How it stands on its host.</summary>
    public HostSettings Host { get; init; } = new();

    /// <summary>What it wants in each network, by name or identity; the network of <see cref="HostSettings.NetworkMode"/> need not be among them.</summary>
    public IReadOnlyDictionary<string, EndpointSettings?>? Networks { get; init; }
}

/// <summary>A container that was made.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Warnings">What of the request could not be done and was left out, a sentence each.</param>
public sealed record ContainerCreation(string Id, IReadOnlyList<string> Warnings);

/// <summary>Changes of a running or stopped container: limits that are not zero, the restart policy, published ports, and mounts. Docker Engine API v1.41 <c>ContainerUpdate</c>.</summary>
public sealed record ContainerUpdate : ResourceSettings
{
    /// <summary>The new restart policy; <see langword="null"/> leaves it.</summary>
    public RestartPolicy? RestartPolicy { get; init; }

    /// <summary>All ports that are published from now on, as <see cref="HostSettings.PortBindings"/>; <see langword="null"/> leaves them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<PortBinding>?>? PortBindings { get; init; }

    /// <summary>Mounts that it gets besides, at once when it runs.</summary>
    public IReadOnlyList<MountRequest>? AddMounts { get; init; }

    /// <summary>Places at which a mount of its settings goes, at once when it runs.</summary>
    public IReadOnlyList<string>? RemoveMounts { get; init; }
}

/// <summary>How a container ended, or a process in it.</summary>
/// <param name="ExitCode">Its exit code, or 128 and the signal.</param>
/// <param name="Error">What went wrong besides; empty for nothing.</param>
public sealed record ContainerExit(int ExitCode, string Error = "");

/// <summary>What a wait waits for.</summary>
public enum WaitCondition
{
    /// <summary>That it does not run; true at once when it does not.</summary>
    NotRunning,
    /// <summary>Its next end, also when it does not run now.</summary>
    NextExit,
    /// <summary>That it is gone.</summary>
    Removed,
}

/// <summary>What a removal of containers took away.</summary>
/// <param name="Ids">Identities.</param>
/// <param name="FreedBytes">What the disk got back.</param>
public sealed record PruneReport(IReadOnlyList<string> Ids, long FreedBytes);

/// <summary>Processes of a container as ps(1) shows them.</summary>
/// <param name="Titles">Names of the columns.</param>
/// <param name="Rows">One row a process.</param>
public sealed record ProcessTable(IReadOnlyList<string> Titles, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>What a container's files take.</summary>
/// <param name="WritableBytes">What was written since it was made.</param>
/// <param name="RootBytes">All of its root file system.</param>
public sealed record ContainerSize(long WritableBytes, long RootBytes);

/// <summary>How a file of a container differs from its image.</summary>
/// <param name="Path">The file, from <c>/</c>.</param>
/// <param name="Kind">What happened to it.</param>
public readonly record struct TreeChange(string Path, TreeChangeKind Kind);

/// <summary>What happened to a file. The numbers are docker's.</summary>
public enum TreeChangeKind
{
    /// <summary>It was changed, or something in it.</summary>
    Modified = 0,
    /// <summary>It is new.</summary>
    Added = 1,
    /// <summary>It is gone.</summary>
    Deleted = 2,
}

/// <summary>A file of a container, for <c>X-Docker-Container-Path-Stat</c>.</summary>
/// <param name="Name">Its last name.</param>
/// <param name="Size">Its length, in bytes.</param>
/// <param name="Mode">Type and permission bits. inode(7).</param>
/// <param name="ModifiedAt">When it was changed last.</param>
/// <param name="LinkTarget">What a symbolic link leads to, inside; empty otherwise.</param>
public sealed record PathStatus(string Name, long Size, uint Mode, DateTimeOffset ModifiedAt, string LinkTarget);

/// <summary>An archive of a container's files, on its way.</summary>
/// <param name="Status">The file that was asked for.</param>
/// <param name="Content">A tar archive; its owner disposes of it.</param>
public sealed record ContainerArchive(PathStatus Status, Stream Content);
