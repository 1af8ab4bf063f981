namespace Keelson.Bench.Engine;

/// <summary>A client with the daemon behind it, if there is one.</summary>
/// <param name="Name">Name in the tables, and of its cgroup unless its daemon has another.</param>
/// <param name="Daemon">The daemon; <see langword="null"/> for an engine without.</param>
/// <param name="Client">The client's program and its options.</param>
/// <param name="Kind">Which command line it has.</param>
internal sealed record Contender(string Name, Daemon? Daemon, string[] Client, ClientKind Kind)
{
    private const string Image = Keelson.Testing.BusyboxArchive.Image;
    private int serial;

    /// <summary>The cgroup that it, its daemon and its containers are in.</summary>
    public string Group => Daemon?.Name ?? Name;

    /// <summary>The cgroup of its containers.</summary>
    public required string Parent { get; init; }

    /// <summary>More options of run, which this engine needs here.</summary>
    public IReadOnlyList<string> Extra { get; init; } = [];

    /// <summary>Options of run for containers that others can be compared with.</summary>
    private string[] RunOptions(string network = "none") => Kind switch
    {
        ClientKind.Docker => ["--network", network, "--cgroup-parent", Parent, .. Extra],
        _ => [],
    };

    /// <summary>run --rm IMAGE true.</summary>
    /// <param name="network">The network, where there are some.</param>
    public string[] Run(string network = "none")
    {
        string id = $"{Name}-{++serial}";
        return Kind == ClientKind.Docker ? [.. Client, "run", "--rm", .. RunOptions(network), Image, "true"] : [.. Client, "run", "--rm", "--cgroup", $"{Parent}/{id}", Image, id, "true"];
    }

    /// <summary>A container that stays.</summary>
    public string[] RunDetached(string id) => Kind == ClientKind.Docker
        ? [.. Client, "run", "-d", .. RunOptions(), "--name", id, Image, "sleep", "1000000"]
        : [.. Client, "run", "-d", "--cgroup", $"{Parent}/{id}", Image, id, "sleep", "1000000"];

    /// <summary>A container that is made and not started.</summary>
    public string[] Create(string id) => Kind == ClientKind.Docker
        ? [.. Client, "create", .. RunOptions(), "--name", id, Image, "true"]
        : [.. Client, "containers", "create", Image, id, "true"];

    /// <summary>exec true in a container.</summary>
    public string[] Exec(string id) => Kind == ClientKind.Docker ? [.. Client, "exec", id, "true"] : [.. Client, "task", "exec", "--exec-id", $"e{++serial}", id, "true"];

    /// <summary>The list of containers.</summary>
    public string[] List() => Kind == ClientKind.Docker ? [.. Client, "ps", "-a"] : [.. Client, "containers", "ls"];

    /// <summary>The versions of client and daemon.</summary>
    public string[] Version() => [.. Client, "version"];

    /// <summary>Gives the engine the image.</summary>
    public string[] Load(string archive) => Kind == ClientKind.Docker ? [.. Client, "load", "-i", archive] : [.. Client, "images", "import", archive];

    /// <summary>Removes containers; several commands, each of which may fail when the container is gone.</summary>
    public IEnumerable<string[]> Remove(params IReadOnlyList<string> ids)
    {
        if (Kind == ClientKind.Docker)
        {
            yield return [.. Client, "rm", "-f", .. ids];
            yield break;
        }
        foreach (string id in ids)
        {
            yield return [.. Client, "task", "rm", "-f", id];
            yield return [.. Client, "containers", "rm", id];
        }
    }
}

/// <summary>Which command line a client has.</summary>
internal enum ClientKind
{
    /// <summary>docker's: docker, podman, keelson.</summary>
    Docker,
    /// <summary>ctr's.</summary>
    Ctr,
}
