using System.Text.Json;
using Keelson.DockerApi.Http;
using Keelson.DockerApi.Networks;
using Keelson.Engine.Containers;
using Keelson.Snapshots;

namespace Keelson.DockerApi.Containers;

/// <summary>Containers of the engine as messages of the API.</summary>
internal static class ContainerMessages
{
    /// <summary>All of a container.</summary>
    /// <param name="container">The container.</param>
    /// <param name="networks">The networks, for its part in them.</param>
    /// <param name="mounts">Mounts of its root; empty when they are not known.</param>
    /// <param name="profile">Its profile of AppArmor; may be <see langword="null"/>.</param>
    public static Docker.ContainerInspect Inspect(ContainerInfo container, NetworkMessages networks, IReadOnlyList<Mount> mounts, string? profile)
    {
        Docker.ContainerConfig config = Config(container.Settings);
        Docker.HostConfig host = Host(container.Host);
        return new()
        {
            Id = container.Id,
            Created = GoTime.Text(container.CreatedAt),
            Path = container.Path,
            Args = [.. container.Arguments],
            State = State(container.State),
            Image = container.ImageId,
            ResolvConfPath = container.ResolvConfPath,
            HostnamePath = container.HostnamePath,
            HostsPath = container.HostsPath,
            LogPath = container.LogPath,
            Name = "/" + container.Name,
            RestartCount = container.State.RestartCount,
            Driver = container.Snapshotter,
            Platform = "linux",
            AppArmorProfile = profile ?? "",
            ExecIDs = container.ExecIds.Count > 0 ? [.. container.ExecIds] : null,
            HostConfig = host,
            GraphDriver = GraphDriver(container.Snapshotter, mounts),
            Mounts = [.. container.Mounts.Select(MountPoint)],
            Config = config,
            NetworkSettings = networks.Settings(container),
        };
    }

    /// <summary>What a container is doing.</summary>
    public static Docker.ContainerState State(ContainerState state) => new()
    {
        Status = Word(state.Status),
        Running = state.IsRunning || state.Status == ContainerStatus.Restarting,
        Paused = state.Status == ContainerStatus.Paused,
        Restarting = state.Status == ContainerStatus.Restarting,
        OOMKilled = state.OomKilled,
        Dead = state.Status == ContainerStatus.Dead,
        Pid = state.IsRunning ? state.Pid : 0,
        ExitCode = state.IsRunning ? 0 : state.ExitCode,
        Error = state.Error,
        StartedAt = GoTime.Text(state.StartedAt),
        FinishedAt = GoTime.Text(state.FinishedAt),
        Health = state.Health is { } health ? Health(health) : null,
    };

    private static Docker.Health Health(ContainerHealth health) => new()
    {
        Status = ContainerHealth.Word(health),
        FailingStreak = health.FailingStreak,
        Log = [.. health.Log.Select(probe => new Docker.HealthcheckResult { Start = GoTime.Text(probe.Start), End = GoTime.Text(probe.End), ExitCode = probe.ExitCode, Output = probe.Output })],
    };

    /// <summary>Docker's word for a status.</summary>
    public static string Word(ContainerStatus status) => status switch
    {
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Paused => "paused",
        ContainerStatus.Restarting => "restarting",
        ContainerStatus.Removing => "removing",
        ContainerStatus.Exited => "exited",
        ContainerStatus.Removed => "removed",
        _ => "dead",
    };

    /// <summary>Both sides write the same JSON; the engine's side leaves out less.</summary>
    public static Docker.ContainerConfig Config(ContainerSettings settings)
    {
        Docker.ContainerConfig config = JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(settings, ContainerJson.Default.ContainerSettings), Docker.DockerJson.Default.ContainerConfig)!;
        if (config.Volumes is { Count: 0 }) config.Volumes = null;
        return config;
    }

    /// <summary>Something mounted in a container.</summary>
    public static Docker.MountPoint MountPoint(MountPoint mount) => new()
    {
        Type = mount.Type,
        Name = mount.Name,
        Source = mount.Source,
        Destination = mount.Destination,
        Driver = mount.Driver,
        Mode = mount.Mode,
        RW = mount.IsWritable,
        Propagation = mount.Propagation,
    };

    /// <summary>Where the files of a root are, when it is an overlay; the names are docker's.</summary>
    public static Docker.GraphDriverData GraphDriver(string snapshotter, IReadOnlyList<Mount> mounts)
    {
        Docker.GraphDriverData driver = new() { Name = snapshotter };
        if (mounts is not [{ Type: "overlay" } mount]) return driver;
        Dictionary<string, string> data = [];
        foreach (string option in mount.Options)
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) continue;
            string? name = option[..equals] switch { "lowerdir" => "LowerDir", "upperdir" => "UpperDir", "workdir" => "WorkDir", _ => null };
            if (name is not null) data[name] = option[(equals + 1)..];
        }
        return driver with { Data = data };
    }

    private static Docker.HostConfig Host(HostSettings settings)
    {
        Docker.HostConfig host = JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(settings, ContainerJson.Default.HostSettings), Docker.DockerJson.Default.HostConfig)!;
        // dockerd always has these, whatever the client sent.
        host.ConsoleSize ??= [0, 0];
        host.PortBindings ??= [];
        host.LogConfig.Config ??= [];
        // Nor what means nothing.
        if (host.MemorySwappiness == -1) host.MemorySwappiness = null;
        if (host.PidsLimit == 0) host.PidsLimit = null;
        return host;
    }
}
