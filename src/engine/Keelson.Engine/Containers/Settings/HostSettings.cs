using System.Text.Json.Serialization;

namespace Keelson.Engine.Containers;

/// <summary>How a container stands on its host: docker's <c>HostConfig</c>, with docker's names in JSON. Docker Engine API v1.41 <c>HostConfig</c>.</summary>
public record HostSettings : ResourceSettings
{
    /// <summary>Directories and volumes: <c>/host:/inside:ro,z</c>, <c>name:/inside</c>.</summary>
    public IReadOnlyList<string>? Binds { get; init; }

    /// <summary>Where a client wrote the identity. Kept for clients.</summary>
    [JsonPropertyName("ContainerIDFile")]
    public string ContainerIdFile { get; init => field = value ?? ""; } = "";

    /// <summary>Where output goes.</summary>
    public LogSettings LogConfig { get; init => field = value ?? new(); } = new();

    /// <summary>The network: <c>none</c>, <c>host</c>, <c>container:ID</c>, or a network's name or identity; <c>default</c> for the engine's.</summary>
    public string NetworkMode { get; init => field = value ?? ""; } = "";

    /// <summary>Ports of the host that lead inside, by inner port.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<PortBinding>?>? PortBindings { get; init; }

    /// <summary>What happens when it ends.</summary>
    public RestartPolicy RestartPolicy { get; init => field = value ?? new(); } = new();

    /// <summary>Whether it is removed, with its unnamed volumes, when it ends.</summary>
    public bool AutoRemove { get; init; }

    /// <summary>The driver of volumes that are made for it; empty for <c>local</c>.</summary>
    public string VolumeDriver { get; init => field = value ?? ""; } = "";

    /// <summary>Containers whose volumes it shares: <c>ID[:ro]</c>.</summary>
    public IReadOnlyList<string>? VolumesFrom { get; init; }

    /// <summary>Capabilities besides the default ones: <c>NET_ADMIN</c>, <c>CAP_NET_ADMIN</c>, <c>ALL</c>.</summary>
    [JsonConverter(typeof(WordsConverter))]
    public IReadOnlyList<string>? CapAdd { get; init; }

    /// <summary>Default capabilities that it has not.</summary>
    [JsonConverter(typeof(WordsConverter))]
    public IReadOnlyList<string>? CapDrop { get; init; }

    /// <summary>The cgroup namespace: <c>private</c> or <c>host</c>; empty for the default.</summary>
    public string CgroupnsMode { get; init => field = value ?? ""; } = "";

    /// <summary>Name servers.</summary>
    public IReadOnlyList<string>? Dns { get; init; }

    /// <summary>Options of resolv.conf(5).</summary>
    public IReadOnlyList<string>? DnsOptions { get; init; }

    /// <summary>Search domains.</summary>
    public IReadOnlyList<string>? DnsSearch { get; init; }

    /// <summary>Lines for its <c>/etc/hosts</c>: <c>name:address</c>.</summary>
    public IReadOnlyList<string>? ExtraHosts { get; init; }

    /// <summary>Groups besides: names inside the container, or numbers.</summary>
    public IReadOnlyList<string>? GroupAdd { get; init; }

    /// <summary>The IPC namespace: <c>private</c>, <c>shareable</c>, <c>none</c>, <c>host</c>, <c>container:ID</c>; empty for private.</summary>
    public string IpcMode { get; init => field = value ?? ""; } = "";

    /// <summary>Not used by Linux. Kept for clients.</summary>
    public string Cgroup { get; init => field = value ?? ""; } = "";

    /// <summary>Containers that it knows by another name: <c>name:alias</c>.</summary>
    public IReadOnlyList<string>? Links { get; init; }

    /// <summary>How soon it is killed when memory is out, -1000 to 1000.</summary>
    public int OomScoreAdj { get; init; }

    /// <summary>The PID namespace: empty for its own, <c>host</c>, <c>container:ID</c>.</summary>
    public string PidMode { get; init => field = value ?? ""; } = "";

    /// <summary>Whether it may do what the host's root may.</summary>
    public bool Privileged { get; init; }

    /// <summary>Whether all exposed ports are published.</summary>
    public bool PublishAllPorts { get; init; }

    /// <summary>Whether its root file system cannot be written.</summary>
    public bool ReadonlyRootfs { get; init; }

    /// <summary><c>no-new-privileges</c>, <c>seccomp=PROFILE</c> (the profile itself, or <c>unconfined</c>), <c>apparmor=NAME</c>, <c>label=…</c>, <c>systempaths=unconfined</c>.</summary>
    public IReadOnlyList<string>? SecurityOpt { get; init; }

    /// <summary>Options of the snapshotter.</summary>
    public IReadOnlyDictionary<string, string>? StorageOpt { get; init; }

    /// <summary>Directories inside that are kept in memory, with options of mount(8).</summary>
    public IReadOnlyDictionary<string, string>? Tmpfs { get; init; }

    /// <summary>The UTS namespace: empty for its own, <c>host</c>.</summary>
    [JsonPropertyName("UTSMode")]
    public string UtsMode { get; init => field = value ?? ""; } = "";

    /// <summary>The user namespace: empty for the engine's default, <c>host</c> for none, <c>remap:HOSTID:SIZE</c> for one with these identities.</summary>
    public string UsernsMode { get; init => field = value ?? ""; } = "";

    /// <summary>Size of <c>/dev/shm</c>, in bytes; 0 for 64 MiB, as docker.</summary>
    [JsonPropertyName("ShmSize")]
    public long ShmSizeBytes { get; init; }

    /// <summary>Settings of the kernel within its namespaces.</summary>
    public IReadOnlyDictionary<string, string>? Sysctls { get; init; }

    /// <summary>Name of the runtime; empty for the engine's own.</summary>
    public string Runtime { get; init => field = value ?? ""; } = "";

    /// <summary>Height and width of the terminal at first.</summary>
    public IReadOnlyList<int>? ConsoleSize { get; init; }

    /// <summary>Windows alone. Kept for clients.</summary>
    public string Isolation { get; init => field = value ?? ""; } = "";

    /// <summary>Mounts as <c>--mount</c> describes them.</summary>
    public IReadOnlyList<MountRequest>? Mounts { get; init; }

    /// <summary>Paths that are hidden; <see langword="null"/> for docker's.</summary>
    public IReadOnlyList<string>? MaskedPaths { get; init; }

    /// <summary>Paths that cannot be written; <see langword="null"/> for docker's.</summary>
    public IReadOnlyList<string>? ReadonlyPaths { get; init; }

    /// <summary>Whether a small init reaps processes; <see langword="null"/> for no.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Init { get; init; }
}

/// <summary>Where output goes.</summary>
public sealed record LogSettings
{
    /// <summary><c>json-file</c>, <c>local</c>, <c>journald</c>, <c>none</c>; empty for the engine's default, <c>json-file</c>.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>The driver's options: <c>max-size</c>, <c>max-file</c>, <c>labels</c>, <c>env</c>, <c>tag</c>.</summary>
    public IReadOnlyDictionary<string, string> Config { get; init => field = value ?? Empty; } = Empty;

    /// <summary>Names of all drivers.</summary>
    public static IReadOnlyList<string> Drivers => LogPolicy.Drivers;

    /// <summary>These settings with what a daemon says in place of what is not said: its driver, and of its own driver's options those that are not there.</summary>
    /// <param name="standard">What the daemon says.</param>
    public LogSettings Or(LogSettings standard)
    {
        ArgumentNullException.ThrowIfNull(standard);
        string type = Type.Length > 0 ? Type : standard.Driver;
        if (type != standard.Driver) return this;
        Dictionary<string, string> config = new(standard.Config);
        foreach ((string key, string value) in Config) config[key] = value;
        return new() { Type = type, Config = config };
    }

    /// <summary>Refuses a driver or options that make no sense.</summary>
    /// <exception cref="KeelsonException">InvalidArgument.</exception>
    public void Check() => LogPolicy.Parse(this);

    /// <summary>The driver's name.</summary>
    [JsonIgnore]
    public string Driver => Type.Length > 0 ? Type : LogPolicy.JsonFile;

    private static readonly Dictionary<string, string> Empty = [];
}

/// <summary>What happens when a container ends.</summary>
public sealed record RestartPolicy
{
    /// <summary><c>no</c> or empty, <c>always</c>, <c>unless-stopped</c>, <c>on-failure</c>.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>How often it is tried after failures; 0 for ever.</summary>
    public int MaximumRetryCount { get; init; }
}

/// <summary>A port of the host that leads into a container.</summary>
/// <param name="HostIp">The address; empty for all.</param>
/// <param name="HostPort">The port, or a range; empty for any.</param>
public sealed record PortBinding(string HostIp = "", string HostPort = "")
{
    /// <inheritdoc cref="PortBinding" path="/param[@name='HostIp']"/>
    public string HostIp { get; init => field = value ?? ""; } = HostIp ?? "";

    /// <inheritdoc cref="PortBinding" path="/param[@name='HostPort']"/>
    public string HostPort { get; init => field = value ?? ""; } = HostPort ?? "";
}

/// <summary>A mount as <c>--mount</c> describes it. Docker Engine API v1.41 <c>Mount</c>.</summary>
public sealed record MountRequest
{
    /// <summary><c>bind</c>, <c>volume</c> or <c>tmpfs</c>.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>A path of the host, or the name of a volume; empty for a new unnamed volume.</summary>
    public string Source { get; init => field = value ?? ""; } = "";

    /// <summary>Where, inside.</summary>
    public string Target { get; init => field = value ?? ""; } = "";

    /// <summary>Whether it cannot be written.</summary>
    public bool ReadOnly { get; init; }

    /// <summary><c>consistent</c>, <c>cached</c>, <c>delegated</c>. Kept for clients.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Consistency { get; init; }

    /// <summary>Options of a bind.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BindOptions? BindOptions { get; init; }

    /// <summary>Options of a volume.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VolumeOptions? VolumeOptions { get; init; }

    /// <summary>Options of a tmpfs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TmpfsOptions? TmpfsOptions { get; init; }
}

/// <summary>Options of a bind.</summary>
public sealed record BindOptions
{
    /// <summary><c>private</c>, <c>rprivate</c>, <c>shared</c>, <c>rshared</c>, <c>slave</c>, <c>rslave</c>; empty for rprivate.</summary>
    public string Propagation { get; init => field = value ?? ""; } = "";

    /// <summary>Whether mounts below the source stay outside.</summary>
    public bool NonRecursive { get; init; }

    /// <summary>Whether a source that is missing is made. Later API versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool CreateMountpoint { get; init; }
}

/// <summary>Options of a volume.</summary>
public sealed record VolumeOptions
{
    /// <summary>Whether what the image has there is left out.</summary>
    public bool NoCopy { get; init; }

    /// <summary>Labels of a volume that is made.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The driver of a volume that is made.</summary>
    public VolumeDriverSettings? DriverConfig { get; init; }
}

/// <summary>The driver of a volume.</summary>
public sealed record VolumeDriverSettings
{
    /// <summary>Its name; empty for <c>local</c>.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Its options.</summary>
    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

/// <summary>Options of a tmpfs.</summary>
public sealed record TmpfsOptions
{
    /// <summary>Its size, in bytes; 0 for no limit.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Permission bits of its root; 0 for 01777.</summary>
    public uint Mode { get; init; }
}
