using System.Text.Json.Serialization;

namespace Keelson.Engine.Containers;

/// <summary>A container at one moment; it never changes.</summary>
/// <param name="Id">Its identity: 64 hexadecimal digits.</param>
/// <param name="Name">Its name, without a slash.</param>
public sealed record ContainerInfo(string Id, string Name)
{
    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>What runs in it, with what came from the image.</summary>
    public required ContainerSettings Settings { get; init; }

    /// <summary>How it stands on its host.</summary>
    public required HostSettings Host { get; init; }

    /// <summary>What it is doing.</summary>
    public required ContainerState State { get; init; }

    /// <summary>Identity of its image: <c>sha256:…</c>.</summary>
    public required string ImageId { get; init; }

    /// <summary>The program that it starts, without its arguments.</summary>
    public string Path => Words.Count > 0 ? Words[0] : "";

    /// <summary>The arguments of that program.</summary>
    public IEnumerable<string> Arguments => Words.Skip(1);

    /// <summary>Program and arguments.</summary>
    public IReadOnlyList<string> Words => [.. Settings.Entrypoint ?? [], .. Settings.Cmd ?? []];

    /// <summary>What is mounted in it besides its root.</summary>
    public IReadOnlyList<MountPoint> Mounts { get; init; } = [];

    /// <summary>What it wants in each network that it joins, by the network's name; empty when it has none of its own.</summary>
    public IReadOnlyDictionary<string, EndpointSettings> Networks { get; init; } = new Dictionary<string, EndpointSettings>();

    /// <summary>The snapshotter of its root.</summary>
    public required string Snapshotter { get; init; }

    /// <summary>The snapshot of its root; its identity.</summary>
    public string SnapshotKey => Id;

    /// <summary>The directory of its files: ROOT/containers/ID.</summary>
    public required string Directory { get; init; }

    /// <summary>Its <c>/etc/hosts</c> on the host.</summary>
    public string HostsPath => Directory + "/hosts";

    /// <summary>Its <c>/etc/hostname</c> on the host.</summary>
    public string HostnamePath => Directory + "/hostname";

    /// <summary>Its <c>/etc/resolv.conf</c> on the host.</summary>
    public string ResolvConfPath => Directory + "/resolv.conf";

    /// <summary>The newest file of its log; empty when its driver keeps none.</summary>
    public string LogPath { get; init; } = "";

    /// <summary>What its log driver puts beside each line: labels, variables and a tag that its options choose.</summary>
    public IReadOnlyDictionary<string, string> LogAttributes => Containers.LogAttributes.All(this, LogPolicy.Parse(Host.LogConfig));

    /// <summary>Identities of processes that were added to it and are still known.</summary>
    public IReadOnlyList<string> ExecIds { get; init; } = [];

    /// <summary>The first 12 digits of its identity.</summary>
    public string ShortId => Id[..12];
}

/// <summary>Something mounted in a container. Docker Engine API v1.41 <c>MountPoint</c>.</summary>
/// <param name="Type"><c>bind</c>, <c>volume</c> or <c>tmpfs</c>.</param>
/// <param name="Name">Name of the volume; empty otherwise.</param>
/// <param name="Source">Where its files are on the host; empty for a tmpfs.</param>
/// <param name="Destination">Where, inside.</param>
/// <param name="Driver">Driver of the volume; empty otherwise.</param>
/// <param name="Mode">The options as they were written: <c>ro,z</c>.</param>
/// <param name="IsWritable">Whether it can be written.</param>
/// <param name="Propagation">Of a bind: <c>rprivate</c>; empty otherwise.</param>
public sealed record MountPoint(string Type, string Name, string Source, string Destination, string Driver = "", string Mode = "", [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] bool IsWritable = true, string Propagation = "")
{
    /// <summary>Whether the volume has no name that somebody chose, and goes with the container when that is asked for.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>Whether what the image has there is copied into the volume while that is empty.</summary>
    public bool Copies { get; init; }

    /// <summary>Whether mounts below the source stay outside.</summary>
    public bool IsNonRecursive { get; init; }
}
