using System.Globalization;
using System.Text;
using Keelson.Api;
using Keelson.Content;
using Keelson.Engine.Images;
using Keelson.Engine.Networks;
using Keelson.Engine.Tasks;
using Keelson.Linux.Sys;
using Keelson.Snapshots;
using Keelson.Toml;

namespace Keelson.Daemon.Configuration;

/// <summary>The configuration file: TOML with containerd's names, version 2.</summary>
/// <remarks>
/// <code>
/// version = 2
/// root = "/var/lib/keelson"
/// state = "/run/keelson"
/// [grpc]      address, uid, gid, max_recv_message_size, max_send_message_size
/// [docker]    address, gid, and the rest: see DockerConfig
/// [debug]     level, format
/// [metrics]   address, grpc_histogram
/// [network]   see NetworkConfig
/// [plugins."io.containerd.gc.v1.scheduler"]     pause_threshold, deletion_threshold, mutation_threshold, schedule_delay, startup_delay
/// [plugins."io.containerd.metadata.v1.bolt"]    content_sharing_policy
/// [plugins."io.containerd.snapshotter.v1.overlayfs"]   mount_options
/// [plugins."io.keelson.snapshots.v1"]   default, durability
/// [plugins."io.keelson.images.v1"]      config_path, credential_files, max_concurrent_downloads, gc_high_percent, gc_low_percent, gc_min_age, gc_interval
/// [proxy_plugins.NAME]        type (snapshot, diff or content), address
/// [plugins."io.containerd.internal.v1.restart"] interval
/// [plugins."io.containerd.internal.v1.opt"]     path
/// </code>
/// [authorization]   default ("allow", "deny"), and [authorization.rules.NAME]: allow, users, groups, namespaces, actions
/// Other keys are errors; tables of parts that the daemon does not have are warned of and passed over, as containerd does.
/// </remarks>
internal sealed partial record DaemonConfig
{
    /// <summary>Directory of what must stay; <see langword="null"/>: not said.</summary>
    public string? Root { get; private set; }
    /// <summary>Directory of what may go; <see langword="null"/>: not said.</summary>
    public string? State { get; private set; }
    /// <summary>Path of the socket; <see langword="null"/>: not said.</summary>
    public string? Address { get; private set; }
    /// <summary>Sockets for docker's clients, and who may do what through them.</summary>
    public DockerConfig Docker { get; private set; } = new();
    /// <summary>Where metrics are served: a path, or a host's address and a port; <see langword="null"/>: nowhere.</summary>
    public string? MetricsAddress { get; private set; }
    /// <summary>Whether metrics say how long calls took.</summary>
    public bool HasCallHistograms { get; private set; }
    /// <summary>What is logged at least; <see langword="null"/>: not said.</summary>
    public string? LogLevel { get; private set; }
    /// <summary>Form of the log; <see langword="null"/>: not said.</summary>
    public string? LogFormat { get; private set; }
    /// <summary>Owner of the socket.</summary>
    public uint Uid { get; private set; }
    /// <summary>Group of the socket.</summary>
    public uint Gid { get; private set; }
    /// <summary>Longest messages, and who may do what.</summary>
    public ApiOptions Api { get; private set; } = new();
    /// <summary>When garbage is collected.</summary>
    public GarbageSchedulerOptions Garbage { get; private set; } = new();
    /// <summary>Whether namespaces share content.</summary>
    public SharingPolicy Sharing { get; private set; }
    /// <summary>Options added to each overlay that is written to.</summary>
    public IReadOnlyList<string> OverlayMountOptions { get; private set; } = [];
    /// <summary>The snapshotter where none is named.</summary>
    public string Snapshotter { get; private set; } = "overlayfs";
    /// <summary>What the commit of a snapshot waits for.</summary>
    public SnapshotDurability Durability { get; private set; } = SnapshotDurability.Layers;
    /// <summary>File that says which names must be signed; <see langword="null"/>: none must.</summary>
    public string? TrustPolicy { get; private set; }

    /// <summary>Directory of hosts.toml files; <see langword="null"/>: registries are reached by their names.</summary>
    public string? HostsPath { get; private set; }
    /// <summary>Files of credentials as docker's config.json, the first to be asked first.</summary>
    public IReadOnlyList<string> CredentialFiles { get; private set; } = [];
    /// <summary>Layers of one image at the same time.</summary>
    public int Parallelism { get; private set; } = 3;
    /// <summary>When images are removed because the disk fills up.</summary>
    public ImageGarbageOptions ImageGarbage { get; private set; } = new();
    /// <summary>Networks; a bridge and a table without a name are named after the engine.</summary>
    public NetworkOptions Networks { get; private set; } = NetworkConfig.Standard;
    /// <summary>Parts that other programs serve.</summary>
    public IReadOnlyList<ProxyConfig> Proxies { get; private set; } = [];
    /// <summary>How often containers with restart labels are looked at; 10 s, as containerd.</summary>
    public TimeSpan RestartInterval { get; private set; } = new TaskServiceOptions().RestartInterval;
    /// <summary>Where clients install programs; <see langword="null"/>: not said.</summary>
    public string? InstallPath { get; private set; }
    /// <summary>What was passed over.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is malformed, or a key is unknown or has a wrong value; the message names line and key.</exception>
    public static DaemonConfig Load(string path) => Parse(path, Encoding.UTF8.GetString(Files.ReadAll(path, TomlReader.LimitBytes).Span));

    /// <summary>Reads a text.</summary>
    /// <inheritdoc cref="Load" path="/exception"/>
    public static DaemonConfig Parse(string name, string text)
    {
        DaemonConfig config = new();
        List<string> warnings = [];
        ConfigSection file = new(name, "", new TomlReader("configuration " + name, text).Read().Table!);
        if (file.Integer("version", 2, 1, 3) != 2) throw file.Wrong("version", "only version 2 is read");
        config.Root = file.Text("root");
        config.State = file.Text("state");
        ConfigSection grpc = file.Section("grpc"), docker = file.Section("docker"), debug = file.Section("debug"), metrics = file.Section("metrics"), plugins = file.Section("plugins");
        config.Address = grpc.Text("address");
        config.Uid = (uint)grpc.Integer("uid", 0, 0, int.MaxValue);
        config.Gid = (uint)grpc.Integer("gid", 0, 0, int.MaxValue);
        config.Docker = DockerConfig.Read(docker, config.Gid);
        config.Api = new()
        {
            ReceiveLimitBytes = (int)grpc.Integer("max_recv_message_size", config.Api.ReceiveLimitBytes, 1, int.MaxValue),
            SendLimitBytes = (int)grpc.Integer("max_send_message_size", config.Api.SendLimitBytes, 1, int.MaxValue),
            Authorizer = AuthorizationConfig.Read(file.Section("authorization")),
        };
        config.LogLevel = debug.Text("level");
        config.LogFormat = debug.Text("format");
        config.MetricsAddress = metrics.Text("address") is { Length: > 0 } at ? at : null;
        config.HasCallHistograms = metrics.Switch("grpc_histogram", false);
        config.ReadGarbage(plugins.Section("io.containerd.gc.v1.scheduler"));
        config.ReadMetadata(plugins.Section("io.containerd.metadata.v1.bolt"));
        config.ReadSnapshots(plugins.Section("io.keelson.snapshots.v1"), plugins.Section("io.containerd.snapshotter.v1.overlayfs"));
        config.ReadImages(plugins.Section("io.keelson.images.v1"));
        config.Networks = NetworkConfig.Read(file.Section("network"));
        config.TrustPolicy = file.Text("trust_policy") is { } policy ? policy.StartsWith('/') ? policy : throw file.Wrong("trust_policy", $"'{policy}' is not an absolute path") : null;
        config.Proxies = ProxyConfig.ReadAll(file.Section("proxy_plugins"));
        config.ReadRestart(plugins.Section("io.containerd.internal.v1.restart"));
        config.ReadInstall(plugins.Section("io.containerd.internal.v1.opt"));
        foreach ((string key, TomlValue value) in plugins.Rest)
            warnings.Add(string.Create(CultureInfo.InvariantCulture, $"configuration {name}: line {value.Line}: plugins.{key}: there is no such part, it is passed over"));
        foreach (ConfigSection section in (ReadOnlySpan<ConfigSection>)[grpc, debug, metrics, file]) section.End();
        config.Warnings = warnings;
        return config;
    }

    private void ReadGarbage(ConfigSection section)
    {
        Garbage = new()
        {
            PauseThreshold = section.Real("pause_threshold", Garbage.PauseThreshold, 0, 0.5),
            DeletionThreshold = (int)section.Integer("deletion_threshold", Garbage.DeletionThreshold, 0, int.MaxValue),
            MutationThreshold = (int)section.Integer("mutation_threshold", Garbage.MutationThreshold, 0, int.MaxValue),
            ScheduleDelay = section.Duration("schedule_delay", Garbage.ScheduleDelay),
            StartupDelay = section.Duration("startup_delay", Garbage.StartupDelay),
        };
        section.End();
    }

    private void ReadMetadata(ConfigSection section)
    {
        Sharing = section.Text("content_sharing_policy") switch
        {
            null or "" or "shared" => SharingPolicy.Shared,
            "isolated" => SharingPolicy.Isolated,
            string other => throw section.Wrong("content_sharing_policy", $"'{other}' is neither shared nor isolated"),
        };
        section.End();
    }

    private void ReadRestart(ConfigSection section)
    {
        RestartInterval = section.Duration("interval", RestartInterval);
        // As with containerd, nothing stands for the default.
        if (RestartInterval <= TimeSpan.Zero) RestartInterval = new TaskServiceOptions().RestartInterval;
        section.End();
    }

    private void ReadInstall(ConfigSection section)
    {
        InstallPath = section.Text("path") is { Length: > 0 } path ? path : null;
        section.End();
    }
}
