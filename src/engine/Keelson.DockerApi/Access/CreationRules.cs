using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Access;

/// <summary>What a container may ask for that is made or changed through a socket with a label: nothing that reaches out of it, unless the socket allows it.</summary>
/// <remarks>A setting is in a rule or in the list of harmless ones; a test fails on one that is in neither.</remarks>
internal static class CreationRules
{
    private const string Update = "POST /containers/{id}/update";

    /// <summary>A setting that may reach out.</summary>
    /// <param name="Name">Its name as clients know it.</param>
    /// <param name="Permit">What allows it.</param>
    /// <param name="IsAsked">Whether it is set to something that does.</param>
    internal sealed record Rule<T>(string Name, string Permit, Func<T, bool> IsAsked);

    /// <summary>Settings that an update has as well.</summary>
    internal static IReadOnlyList<Rule<ResourceSettings>> OfResources { get; } =
    [
        new(nameof(ResourceSettings.CgroupParent), Permits.Security, settings => settings.CgroupParent.Length > 0),
        new(nameof(ResourceSettings.CpuRealtimePeriodMicroseconds), Permits.Security, settings => settings.CpuRealtimePeriodMicroseconds != 0),
        new(nameof(ResourceSettings.CpuRealtimeRuntimeMicroseconds), Permits.Security, settings => settings.CpuRealtimeRuntimeMicroseconds != 0),
        new(nameof(ResourceSettings.OomKillDisable), Permits.Security, settings => settings.OomKillDisable == true),
        new(nameof(ResourceSettings.Devices), Permits.Devices, settings => settings.Devices is { Count: > 0 }),
        new(nameof(ResourceSettings.DeviceCgroupRules), Permits.Devices, settings => settings.DeviceCgroupRules is { Count: > 0 }),
        new(nameof(ResourceSettings.DeviceRequests), Permits.Devices, settings => settings.DeviceRequests is { Count: > 0 }),
    ];

    /// <summary>Settings of a new container.</summary>
    internal static IReadOnlyList<Rule<HostSettings>> OfHost { get; } =
    [
        new(nameof(HostSettings.Privileged), Permits.Privileged, settings => settings.Privileged),
        new(nameof(HostSettings.NetworkMode), Permits.Namespaces, settings => IsHost(settings.NetworkMode)),
        new(nameof(HostSettings.PidMode), Permits.Namespaces, settings => settings.PidMode.Length > 0 && !IsContainer(settings.PidMode)),
        new(nameof(HostSettings.IpcMode), Permits.Namespaces, settings => settings.IpcMode is not ("" or "private" or "shareable" or "none") && !IsContainer(settings.IpcMode)),
        new(nameof(HostSettings.UtsMode), Permits.Namespaces, settings => settings.UtsMode.Length > 0),
        new(nameof(HostSettings.UsernsMode), Permits.Namespaces, settings => settings.UsernsMode.Length > 0),
        new(nameof(HostSettings.CgroupnsMode), Permits.Namespaces, settings => settings.CgroupnsMode is not ("" or "private")),
        new(nameof(HostSettings.Binds), Permits.Binds, settings => settings.Binds?.Any(bind => VolumeOf(bind) is null) ?? false),
        new(nameof(HostSettings.Mounts), Permits.Binds, settings => settings.Mounts?.Any(mount => mount.Type is not ("volume" or "tmpfs") || HasDriver(mount)) ?? false),
        new(nameof(HostSettings.VolumeDriver), Permits.Binds, settings => settings.VolumeDriver is not ("" or "local")),
        new(nameof(HostSettings.CapAdd), Permits.Capabilities, settings => settings.CapAdd is { Count: > 0 }),
        new(nameof(HostSettings.SecurityOpt), Permits.Security, settings => settings.SecurityOpt?.Any(option => option is not ("no-new-privileges" or "no-new-privileges:true" or "no-new-privileges=true")) ?? false),
        new(nameof(HostSettings.MaskedPaths), Permits.Security, settings => settings.MaskedPaths is not null),
        new(nameof(HostSettings.ReadonlyPaths), Permits.Security, settings => settings.ReadonlyPaths is not null),
        new(nameof(HostSettings.Sysctls), Permits.Security, settings => settings.Sysctls is { Count: > 0 }),
        new(nameof(HostSettings.Runtime), Permits.Security, settings => settings.Runtime.Length > 0),
        new(nameof(HostSettings.StorageOpt), Permits.Security, settings => settings.StorageOpt is { Count: > 0 }),
        new(nameof(HostSettings.OomScoreAdj), Permits.Security, settings => settings.OomScoreAdj < 0),
        new(nameof(HostSettings.Cgroup), Permits.Security, settings => settings.Cgroup.Length > 0),
        new(nameof(HostSettings.LogConfig), Permits.Security, settings => settings.LogConfig.Type is not ("" or "json-file" or "local" or "none" or "journald")),
    ];

    /// <summary>Settings that stay within the container, or that name other containers, which <see cref="ScopedContainers"/> looks at.</summary>
    internal static IReadOnlySet<string> Harmless { get; } = new HashSet<string>
    {
        nameof(ResourceSettings.CpuShares), nameof(ResourceSettings.MemoryBytes), nameof(ResourceSettings.NanoCpus), nameof(ResourceSettings.BlkioWeight), nameof(ResourceSettings.BlkioWeightDevice),
        nameof(ResourceSettings.BlkioDeviceReadBps), nameof(ResourceSettings.BlkioDeviceWriteBps), nameof(ResourceSettings.BlkioDeviceReadIops), nameof(ResourceSettings.BlkioDeviceWriteIops),
        nameof(ResourceSettings.CpuPeriodMicroseconds), nameof(ResourceSettings.CpuQuotaMicroseconds), nameof(ResourceSettings.CpusetCpus), nameof(ResourceSettings.CpusetMems),
        nameof(ResourceSettings.KernelMemoryBytes), nameof(ResourceSettings.KernelMemoryTcpBytes), nameof(ResourceSettings.MemoryReservationBytes), nameof(ResourceSettings.MemorySwapBytes),
        nameof(ResourceSettings.MemorySwappiness), nameof(ResourceSettings.PidsLimit), nameof(ResourceSettings.Ulimits), nameof(ResourceSettings.CpuCount), nameof(ResourceSettings.CpuPercent),
        nameof(ResourceSettings.IoMaximumIops), nameof(ResourceSettings.IoMaximumBandwidth),
        nameof(HostSettings.ContainerIdFile), nameof(HostSettings.PortBindings), nameof(HostSettings.RestartPolicy), nameof(HostSettings.AutoRemove), nameof(HostSettings.VolumesFrom),
        nameof(HostSettings.CapDrop), nameof(HostSettings.Dns), nameof(HostSettings.DnsOptions), nameof(HostSettings.DnsSearch), nameof(HostSettings.ExtraHosts), nameof(HostSettings.GroupAdd),
        nameof(HostSettings.Links), nameof(HostSettings.PublishAllPorts), nameof(HostSettings.ReadonlyRootfs), nameof(HostSettings.Tmpfs), nameof(HostSettings.ShmSizeBytes),
        nameof(HostSettings.ConsoleSize), nameof(HostSettings.Isolation), nameof(HostSettings.Init),
    };

    /// <summary>Settings that an update alone has, and who looks at them: what is mounted goes by the rules of a new container.</summary>
    internal static IReadOnlySet<string> OfUpdates { get; } = new HashSet<string> { nameof(ContainerUpdate.RestartPolicy), nameof(ContainerUpdate.PortBindings), nameof(ContainerUpdate.AddMounts), nameof(ContainerUpdate.RemoveMounts) };

    /// <summary>Refuses settings of a new container.</summary>
    /// <exception cref="ApiException">403, which names the setting and the socket.</exception>
    public static void Check(SocketRights rights, HostSettings settings)
    {
        Check(rights, "POST /containers/create", OfResources, settings);
        Check(rights, "POST /containers/create", OfHost, settings);
    }

    /// <summary>Refuses changes of a container.</summary>
    /// <inheritdoc cref="Check(SocketRights, HostSettings)" path="/exception"/>
    public static void Check(SocketRights rights, ContainerUpdate update)
    {
        Check(rights, Update, OfResources, update);
        // What it mounts besides is as if it had been made with it.
        Check(rights, Update, OfHost, new HostSettings { Mounts = update.AddMounts });
    }

    /// <summary>Refuses something that needs a permit.</summary>
    /// <inheritdoc cref="Check(SocketRights, HostSettings)" path="/exception"/>
    public static void Require(SocketRights rights, string permit, string operation, string setting)
    {
        if (!rights.Allowed.Contains(permit)) throw new ApiException(403, $"{operation}: {setting}: the socket {rights.Socket} does not allow it (\"{permit}\")");
    }

    /// <summary>The volumes that a container would mount by name.</summary>
    public static IEnumerable<string> NamedVolumes(HostSettings settings) =>
        [.. (settings.Binds ?? []).Select(VolumeOf).OfType<string>(), .. (settings.Mounts ?? []).Where(mount => mount.Type == "volume" && mount.Source.Length > 0).Select(mount => mount.Source)];

    /// <summary>The containers that settings name: their namespaces, volumes and names would be the new one's too.</summary>
    public static IEnumerable<string> NamedContainers(ContainerCreateOptions options)
    {
        HostSettings host = options.Host;
        foreach (string mode in (string[])[host.NetworkMode, host.PidMode, host.IpcMode])
            if (IsContainer(mode)) yield return mode["container:".Length..];
        IEnumerable<string> links = [.. host.VolumesFrom ?? [], .. host.Links ?? [], .. (options.Networks?.Values ?? []).SelectMany(wish => wish?.Links ?? [])];
        foreach (string link in links) yield return link.Split(':')[0];
    }

    private static void Check<T>(SocketRights rights, string operation, IReadOnlyList<Rule<T>> rules, T settings)
    {
        foreach (Rule<T> rule in rules)
            if (rule.IsAsked(settings)) Require(rights, rule.Permit, operation, rule.Name);
    }

    private static bool IsContainer(string mode) => mode.StartsWith("container:", StringComparison.Ordinal);

    /// <summary>The host's network, by whatever name leads to no namespace of the container's own.</summary>
    private static bool IsHost(string mode) => mode == "host" || mode.StartsWith("ns:", StringComparison.Ordinal);

    /// <summary>A volume that a driver makes out of something else, such as a directory of the host.</summary>
    private static bool HasDriver(MountRequest mount) => mount.VolumeOptions?.DriverConfig is { } driver && (driver.Name is not ("" or "local") || driver.Options is { Count: > 0 });

    /// <summary>The name of the volume in <c>name:/inside</c>; <see langword="null"/>: it is something else.</summary>
    private static string? VolumeOf(string bind)
    {
        int colon = bind.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0) return null;
        string name = bind[..colon];
        return char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-') ? name : null;
    }
}
