using Keelson.Engine.Containers;

namespace Keelson.Daemon.Configuration;

/// <summary>The table <c>docker</c>: sockets for docker's clients, and who may do what through them.</summary>
/// <remarks>
/// <code>
/// [docker]             address, gid, authorization_plugins, authorization_plugin_folder, volume_plugin_folder, live_restore, cgroup_driver, cgroup_parent, audit, audit_max_bytes, log_driver, tcp, tls_cert, tls_key, tls_client_ca
/// [[docker.sockets]]   see DockerSocketConfig
/// [docker.log_options] options of that driver, such as max-size = "10m"
/// [docker.dashboard]   see DashboardConfig
/// </code>
/// </remarks>
internal sealed record DockerConfig
{
    /// <summary>Path of the first socket; <see langword="null"/>: not said.</summary>
    public string? Address { get; private init; }

    /// <summary>Group of that socket; that of the other one when it is not said.</summary>
    public uint Gid { get; private init; }

    /// <summary>Sockets besides.</summary>
    public IReadOnlyList<DockerSocketConfig> Sockets { get; private init; } = [];

    /// <summary>A page that shows the engine.</summary>
    public DashboardConfig Dashboard { get; private init; } = new();

    /// <summary>Plug-ins that are asked about each operation, in this order.</summary>
    public IReadOnlyList<string> AuthorizationPlugins { get; private init; } = [];

    /// <summary>Where sockets of plug-ins are; <see langword="null"/>: where docker looks.</summary>
    public string? PluginFolder { get; private init; }

    /// <summary>Where sockets of plug-ins for volumes are; <see langword="null"/>: where docker looks.</summary>
    public string? VolumePluginFolder { get; private init; }

    /// <summary>Whether containers go on when the daemon stops. They end with the machine in any case.</summary>
    public bool KeepsContainers { get; private init; } = true;

    /// <summary>Who makes the cgroups of containers; <see langword="null"/>: systemd, where it runs the machine with cgroup v2 and this process is the machine's root, as docker.</summary>
    public CgroupDriver? CgroupDriver { get; private init; }

    /// <summary>What containers lie below when they name nothing; empty for the driver's own.</summary>
    public string CgroupParent { get; private init; } = "";

    /// <summary>Where changes are noted; <see langword="null"/>: nowhere.</summary>
    public string? Audit { get; private init; }

    /// <summary>How long that file may get; 64 MiB where it is not said, 0 for no limit.</summary>
    public long AuditLimitBytes { get; private init; } = 64 << 20;

    /// <summary>How output is kept of containers that say nothing of it.</summary>
    public LogSettings Logs { get; private init; } = new();

    /// <summary>Reads it.</summary>
    /// <param name="section">The table.</param>
    /// <param name="gid">The group where none is said.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown or has a wrong value.</exception>
    public static DockerConfig Read(ConfigSection section, uint gid)
    {
        gid = (uint)section.Integer("gid", gid, 0, int.MaxValue);
        List<DockerSocketConfig> sockets = [];
        if (DockerSocketConfig.ReadTcp(section) is { } tcp) sockets.Add(tcp);
        sockets.AddRange(section.Sections("sockets").Select(socket => DockerSocketConfig.Read(socket, gid)));
        ConfigSection logs = section.Section("log_options");
        DockerConfig config = new()
        {
            Address = section.Text("address"),
            Gid = gid,
            Sockets = sockets,
            Dashboard = DashboardConfig.Read(section.Section("dashboard")),
            AuthorizationPlugins = section.Texts("authorization_plugins"),
            PluginFolder = section.Text("authorization_plugin_folder"),
            VolumePluginFolder = section.Text("volume_plugin_folder"),
            KeepsContainers = section.Switch("live_restore", true),
            CgroupDriver = section.Text("cgroup_driver") switch
            {
                null or "" => null,
                "cgroupfs" => Engine.Containers.CgroupDriver.Cgroupfs,
                "systemd" => Engine.Containers.CgroupDriver.Systemd,
                string other => throw section.Wrong("cgroup_driver", $"'{other}' is neither cgroupfs nor systemd"),
            },
            CgroupParent = section.Text("cgroup_parent") ?? "",
            Audit = section.Text("audit") is { Length: > 0 } path ? path.StartsWith('/') ? path : throw section.Wrong("audit", $"'{path}' is not an absolute path") : null,
            Logs = new() { Type = section.Text("log_driver") ?? "", Config = logs.Keys.ToDictionary(key => key, key => logs.Text(key)!) },
            AuditLimitBytes = section.Integer("audit_max_bytes", 64 << 20, 0, long.MaxValue),
        };
        section.End();
        return config;
    }
}
