using Keelson.Api;
using Keelson.Cgroups;
using Keelson.Content;
using Keelson.Daemon.Configuration;
using Keelson.Daemon.Trust;
using Keelson.Distribution;
using Keelson.Engine.Containers;
using Keelson.Engine.Diff;
using Keelson.Engine.Images;
using Keelson.Engine.Networks;
using Keelson.Engine.Snapshots;
using Keelson.Plugins;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon;

/// <summary>How the daemon runs: the command line, then the configuration, then the defaults.</summary>
internal sealed record DaemonOptions
{
    private const string DefaultConfig = "/etc/keelson/config.toml", DefaultRoot = "/var/lib/keelson";

    /// <summary>What must stay.</summary>
    public required string Root { get; init; }

    /// <summary>What may go with the machine.</summary>
    public required string State { get; init; }

    /// <summary>Path of the socket.</summary>
    public required string Address { get; init; }

    /// <summary>Path of the socket for docker's clients.</summary>
    public required string DockerAddress { get; init; }

    /// <summary>A page that shows the engine.</summary>
    public required DashboardConfig Dashboard { get; init; }

    /// <summary>The device of the network <c>bridge</c>; <c>none</c> for no such network, empty for one that is named after the engine.</summary>
    public required string Bridge { get; init; }

    /// <summary>How output is kept of containers that say nothing of it.</summary>
    public required LogSettings Logs { get; init; }

    /// <summary>File that says which names must be signed; <see langword="null"/>: none must.</summary>
    public required string? TrustPolicy { get; init; }

    /// <summary>Where <c>ctr install</c> puts programs.</summary>
    public required string Installed { get; init; }

    /// <summary>What the configuration says of the rest.</summary>
    public required DaemonConfig Config { get; init; }

    /// <summary>What is logged at least.</summary>
    public required LogLevel Level { get; init; }

    /// <summary>Whether the log is lines of JSON.</summary>
    public required bool LogsJson { get; init; }

    /// <summary>Puts the sources together.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a path is not absolute, a level unknown, the configuration wrong. Or the file cannot be read.</exception>
    public static DaemonOptions Make(CommandLine line)
    {
        string? file = line.Config ?? (File.Exists(DefaultConfig) ? DefaultConfig : null);
        DaemonConfig config = file is null ? new() : DaemonConfig.Load(file);
        string state = Absolute("state", line.State ?? config.State ?? "/run/keelson"), root = Absolute("root", line.Root ?? config.Root ?? DefaultRoot);
        return new()
        {
            Root = root,
            Installed = Absolute("plugins.io.containerd.internal.v1.opt.path", config.InstallPath ?? root + "/opt"),
            State = state,
            Address = Absolute("address", line.Address ?? config.Address ?? state + "/containerd.sock"),
            DockerAddress = Absolute("docker address", line.DockerAddress ?? config.Docker.Address ?? state + "/docker.sock"),
            Dashboard = config.Docker.Dashboard.At(line.Dashboard),
            Bridge = line.Bridge ?? config.Networks.Bridge,
            TrustPolicy = line.TrustPolicy is { } policy ? Absolute("trust-policy", policy) : config.TrustPolicy,
            Logs = LogsOf(line, config.Docker.Logs),
            Config = config,
            Level = LevelOf(line.LogLevel ?? config.LogLevel ?? "info"),
            LogsJson = IsJson(line.LogFormat ?? config.LogFormat ?? "text"),
        };
    }

    /// <summary>Options of the stores.</summary>
    public MetadataOptions Metadata => new(Root + "/store") { Sharing = Config.Sharing };

    /// <summary>What keeps the bytes of content in place of files; <see langword="null"/> without a proxy for it.</summary>
    /// <param name="uuid">The engine's name.</param>
    public IBlobStore? OpenBlobs(string uuid) =>
        Config.Proxies.FirstOrDefault(proxy => proxy.Kind == "content") is { } proxy ? new ProxyContent(proxy.Name, proxy.Address, uuid, Root + "/fetched", TimeProvider.System) : null;

    /// <summary>Options of the snapshotters.</summary>
    public SnapshotOptions Snapshots => new()
    {
        Default = Config.Snapshotter,
        Durability = Config.Durability,
        OverlayMountOptions = Config.OverlayMountOptions,
        Others = [.. Config.Proxies.Where(proxy => proxy.Kind == "snapshot").Select(proxy => new ProxySnapshotter(proxy.Name, proxy.Address))],
    };

    /// <summary>Options of networks.</summary>
    /// <param name="uuid">The engine's name: one with directories of its own has a bridge and rules of its own.</param>
    public NetworkOptions Networks(string uuid) => Config.Networks with
    {
        Bridge = Bridge is { Length: > 0 } bridge ? bridge : Root == DefaultRoot ? "keelson0" : "keelson-" + uuid[..7],
        Table = Config.Networks.Table is { Length: > 0 } table ? table : Root == DefaultRoot ? "keelson" : "keelson-" + uuid[..8],
    };

    /// <summary>Options of images.</summary>
    public ImageServiceOptions Images => new()
    {
        Hosts = Config.HostsPath is null ? new DirectHosts() : new HostsDirectory(Config.HostsPath, new DirectHosts()),
        Credentials = Credentials,
        Trust = TrustPolicy is null ? null : new PolicyTrust(PolicyTrust.Read(TrustPolicy), Root + "/trust", Credentials, TimeProvider.System),
        Parallelism = Config.Parallelism,
    };

    private ICredentialSource Credentials => Config.CredentialFiles.Count == 0 ? FixedCredentials.None : new DockerConfigCredentials(Config.CredentialFiles);

    /// <summary>Who makes the cgroups of containers.</summary>
    public CgroupDriver CgroupDriver => Config.Docker.CgroupDriver
        ?? (SystemdHost.TakesOrders && CgroupLayout.IsV2Alone ? CgroupDriver.Systemd : CgroupDriver.Cgroupfs);

    /// <summary>Plug-ins that keep volumes.</summary>
    public VolumePluginOptions VolumePlugins => new() { Plugins = Config.Docker.VolumePluginFolder is { } folder ? new([folder], []) : PluginDirectory.Standard };

    /// <summary>Who applies and makes layers that the engine does not know.</summary>
    public IReadOnlyList<ILayerDiffer> Differs => [.. Config.Proxies.Where(proxy => proxy.Kind == "diff").Select(proxy => new ProxyDiffer(proxy.Name, proxy.Address))];

    private static LogSettings LogsOf(CommandLine line, LogSettings configured)
    {
        Dictionary<string, string> options = [];
        foreach (string option in line.LogOptions)
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"option log-opt: '{option}' is not KEY=VALUE");
            options[option[..equals]] = option[(equals + 1)..];
        }
        // Another driver has other options.
        LogSettings said = new() { Type = line.LogDriver ?? configured.Type, Config = options }, logs = said.Or(configured);
        try
        {
            logs.Check();
            return logs;
        }
        catch (KeelsonException e)
        {
            throw new KeelsonException(e.Kind, $"log driver of containers: {e.Message}", e);
        }
    }

    private static string Absolute(string name, string path)
    {
        if (path.StartsWith("unix://", StringComparison.Ordinal)) path = path[7..];
        return path.StartsWith('/') ? path.Length > 1 ? path.TrimEnd('/') : path : throw new KeelsonException(ErrorKind.InvalidArgument, $"option {name}: '{path}' is not an absolute path");
    }

    public static LogLevel LevelOf(string text) => text switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "" or "info" => LogLevel.Information,
        "warn" or "warning" => LogLevel.Warning,
        "error" or "fatal" or "panic" => LogLevel.Error,
        _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"option log-level: '{text}' is none of trace, debug, info, warn, error"),
    };

    public static bool IsJson(string text) => text switch
    {
        "json" => true,
        "" or "text" => false,
        _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"option log-format: '{text}' is neither text nor json"),
    };
}
