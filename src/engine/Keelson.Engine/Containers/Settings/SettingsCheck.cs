using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>Checks settings before anything is made, with docker's rules and words, and puts in what they stand for.</summary>
internal static class SettingsCheck
{
    /// <summary>The least memory, in bytes, as docker: less does not even start.</summary>
    public const long LeastMemoryBytes = 6 << 20;

    /// <summary>Checks, and returns the settings with what they stand for.</summary>
    /// <param name="host">The settings.</param>
    /// <param name="own">What runs in the container.</param>
    /// <param name="machine">Kernel and daemon.</param>
    /// <param name="network">The network of who names none.</param>
    /// <param name="warnings">Gets a sentence for each setting that is passed over.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a setting makes no sense.</exception>
    public static HostSettings Run(HostSettings host, ContainerSettings own, MachineFacts machine, string network, List<string> warnings)
    {
        Namespaces(host, own);
        host = Resources(host, warnings);
        Restart(host.RestartPolicy, host.AutoRemove);
        SecurityOptions security = SecurityOptions.Parse(host.SecurityOpt);
        if (security.AppArmor is not (null or "unconfined") && !machine.HasAppArmor)
            throw Invalid($"AppArmor is not supported on this host, but the profile '{security.AppArmor}' was specified");
        _ = CapabilityChoice.Choose(host, machine.Capabilities);
        if (host.Init == true && machine.InitPath is null) throw Invalid("an init is asked for, and none of docker-init, tini and catatonit is in the daemon's PATH");
        if (host.OomScoreAdj is < -1000 or > 1000) throw Invalid($"Invalid value {host.OomScoreAdj}, range for oom score adj is [-1000, 1000]");
        if (host.ShmSizeBytes < 0) throw Invalid("SHM size can not be less than 0");
        if (host.DeviceRequests is { Count: > 0 } requests) throw Invalid($"could not select device driver \"{requests[0].Driver}\" with capabilities: none is there");
        foreach (string rule in host.DeviceCgroupRules ?? []) _ = DeviceRuleText.Parse(rule);
        if (own.StopSignal is { Length: > 0 } signal) _ = Signal(signal);
        HealthPlan.Check(own.Healthcheck);
        if (own.StopTimeoutSeconds < -1) throw Invalid($"invalid stop timeout: {own.StopTimeoutSeconds}");
        foreach (string variable in own.Env ?? [])
            if (variable.Length == 0 || variable[0] == '=' || variable.Contains('\0', StringComparison.Ordinal)) throw Invalid("invalid environment variable: " + variable.Replace('\0', '?'));
        if (own.WorkingDir is { Length: > 0 } directory && !directory.StartsWith('/')) throw Invalid($"the working directory '{directory}' is invalid, it needs to be an absolute path");
        if (own.Hostname is { Length: > 64 }) throw Invalid($"invalid hostname: {own.Hostname}");
        foreach (string line in host.ExtraHosts ?? [])
            if (line.IndexOf(':', StringComparison.Ordinal) is not > 0) throw Invalid($"bad format for add-host: \"{line}\"");
        if (host.Runtime is not ("" or "keelson" or "runc") && host.Runtime.AsSpan().IndexOfAny('.', '/') < 0) throw Invalid($"Unknown runtime specified {host.Runtime}");
        if (host.NetworkMode == "host" && host.PortBindings is { Count: > 0 }) warnings.Add("Published ports are discarded when using host network mode");
        LogPolicy.Parse(host.LogConfig);
        KeepLogs.Check(own);
        return host with
        {
            NetworkMode = own.NetworkDisabled ? "none" : host.NetworkMode is not ("" or "default") ? host.NetworkMode : network == "none" ? "none" : "default",
            IpcMode = host.IpcMode.Length > 0 ? host.IpcMode : "private",
            CgroupnsMode = host.CgroupnsMode.Length > 0 ? host.CgroupnsMode : machine.IsCgroupV2 && !host.Privileged ? "private" : "host",
            ShmSizeBytes = host.ShmSizeBytes > 0 ? host.ShmSizeBytes : SpecBuilder.SharedMemoryBytes,
            RestartPolicy = host.RestartPolicy.Name.Length > 0 ? host.RestartPolicy : new RestartPolicy { Name = "no" },
            LogConfig = host.LogConfig.Type.Length > 0 ? host.LogConfig : host.LogConfig with { Type = LogPolicy.JsonFile },
        };
    }

    /// <summary>Reads a signal.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: there is none of this name.</exception>
    public static int Signal(string text) => Signals.Parse(text) is > 0 and <= 64 and var signal ? signal : throw Invalid($"Invalid signal: {text}");

    /// <summary>Checks a restart policy.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it makes no sense.</exception>
    public static void Restart(RestartPolicy policy, bool autoRemove)
    {
        if (policy.Name is not ("" or "no" or "always" or "unless-stopped" or "on-failure")) throw Invalid($"invalid restart policy '{policy.Name}'");
        if (policy.MaximumRetryCount < 0) throw Invalid("maximum retry count cannot be negative");
        if (policy.MaximumRetryCount != 0 && policy.Name != "on-failure") throw Invalid($"maximum retry count cannot be used with restart policy '{policy.Name}'");
        if (autoRemove && policy.Name is not ("" or "no")) throw Invalid("can't create 'AutoRemove' container with restart policy");
    }

    private static void Namespaces(HostSettings host, ContainerSettings own)
    {
        if (IsContainer(host.NetworkMode) && (host.PortBindings is { Count: > 0 } || host.PublishAllPorts)) throw Invalid("conflicting options: port publishing and the container type network mode");
        if (IsContainer(host.NetworkMode) && host.Links is { Count: > 0 }) throw Invalid("conflicting options: container type network can't be used with links. This would result in undefined behavior");
        if (host.NetworkMode == "host" && host.Links is { Count: > 0 }) throw Invalid("conflicting options: host type networking can't be used with links. This would result in undefined behavior");
        _ = PortPlan.Make(host, own);
        foreach (string link in host.Links ?? []) _ = LinkText.Parse(link);
        foreach (string server in host.Dns ?? [])
            if (!System.Net.IPAddress.TryParse(server, out _)) throw Invalid($"invalid IP address: {server}");
        if (host.PidMode is not ("" or "host") && !IsContainer(host.PidMode)) throw Invalid($"invalid PID mode: {host.PidMode}");
        if (host.IpcMode is not ("" or "private" or "shareable" or "none" or "host") && !IsContainer(host.IpcMode)) throw Invalid($"Invalid IPC mode: {host.IpcMode}");
        if (host.UtsMode is not ("" or "host")) throw Invalid($"invalid UTS mode: {host.UtsMode}");
        if (host.CgroupnsMode is not ("" or "host" or "private")) throw Invalid($"invalid cgroup namespace mode: {host.CgroupnsMode}");
        if (host.UtsMode == "host" && !string.IsNullOrEmpty(own.Hostname)) throw Invalid("conflicting options: hostname and the UTS mode");
        if (IsContainer(host.NetworkMode) && !string.IsNullOrEmpty(own.Hostname)) throw Invalid("conflicting options: hostname and the network mode");
        if (UserMapping.Parse(host.UsernsMode) is null) return;
        if (host.Privileged) throw Invalid("privileged mode is incompatible with user namespaces. You must run the container in the host namespace when running privileged mode");
        if (host.NetworkMode == "host" || host.PidMode == "host" || host.IpcMode == "host") throw Invalid("cannot share the host's namespaces when user namespaces are enabled");
    }

    private static HostSettings Resources(HostSettings host, List<string> warnings)
    {
        if (host.MemoryBytes is > 0 and < LeastMemoryBytes) throw Invalid("Minimum memory limit allowed is 6MB");
        if (host.MemoryBytes < 0) throw Invalid("invalid memory limit");
        if (host.MemoryBytes > 0 && host.MemorySwapBytes > 0 && host.MemorySwapBytes < host.MemoryBytes)
            throw Invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
        if (host.MemoryBytes == 0 && host.MemorySwapBytes > 0) throw Invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
        if (host.MemorySwappiness is < -1 or > 100) throw Invalid($"Invalid value: {host.MemorySwappiness}, valid memory swappiness range is 0-100");
        if (host.MemoryBytes > 0 && host.MemoryReservationBytes > host.MemoryBytes) throw Invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
        if (host.NanoCpus > 0 && (host.CpuPeriodMicroseconds > 0 || host.CpuQuotaMicroseconds > 0)) throw Invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set");
        if (host.NanoCpus < 0 || host.NanoCpus > Environment.ProcessorCount * 1_000_000_000L)
            throw Invalid($"Range of CPUs is from 0.01 to {Environment.ProcessorCount}.00, as there are only {Environment.ProcessorCount} CPUs available");
        if (host.CpuShares < 0) throw Invalid($"invalid CPU shares ({host.CpuShares}): value must be a positive integer");
        if (host.CpuPeriodMicroseconds is not 0 and (< 1000 or > 1_000_000)) throw Invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
        if (host.CpuQuotaMicroseconds is > 0 and < 1000) throw Invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
        if (host.BlkioWeight is > 0 and (< 10 or > 1000)) throw Invalid("Range of blkio weight is from 10 to 1000");
        if (host.KernelMemoryBytes > 0) warnings.Add("Kernel memory limits are gone from the kernel: the limit was discarded.");
        if (host.OomKillDisable == true && host.MemoryBytes == 0) warnings.Add("OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.");
        foreach (Ulimit limit in host.Ulimits ?? [])
            if (!Enum.TryParse("RLIMIT_" + limit.Name.ToUpperInvariant(), out Oci.RlimitKind _)) throw Invalid($"invalid ulimit type: {limit.Name}");
        return host.MemoryBytes > 0 && host.MemorySwapBytes == 0 ? host with { MemorySwapBytes = host.MemoryBytes * 2 } : host;
    }

    /// <summary>The container that a mode names.</summary>
    public static string? Container(string mode) => IsContainer(mode) ? mode["container:".Length..] : null;

    private static bool IsContainer(string mode) => mode.StartsWith("container:", StringComparison.Ordinal) && mode.Length > "container:".Length;

    private static KeelsonException Invalid(string message) => new(ErrorKind.InvalidArgument, message);
}
