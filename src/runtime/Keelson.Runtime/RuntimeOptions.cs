using Keelson.Linux.Sys;

namespace Keelson.Runtime;

/// <summary>Settings that hold for all containers of one runtime.</summary>
public sealed class RuntimeOptions
{
    /// <summary>
    /// Directory that holds one directory a container; it is made when missing. <c>/run/keelson-runtime</c> by default, for other users than root
    /// <c>$XDG_RUNTIME_DIR/keelson-runtime</c>, also for a root of a user namespace only.
    /// </summary>
    public string Root { get; init; } = DefaultRoot();

    /// <summary>systemd makes the cgroups; <c>cgroupsPath</c> is then <c>slice:prefix:name</c>.</summary>
    public bool UsesSystemdCgroups { get; init; }

    /// <summary>Works without privileges: limits that may not be set are left out. <see langword="null"/>: when the user is not root.</summary>
    public bool? IsRootless { get; init; }

    /// <summary>Takes what is odd but no reason to stop. Nothing by default.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    /// <summary>Gives the time of creation.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The <c>keelson-runtime</c> program, for work inside a container's namespaces. This process's own program by default.</summary>
    public string Executable { get; init; } = "/proc/self/exe";

    internal bool Rootless => IsRootless ?? (Processes.EffectiveUserId != 0 || !UserNamespaces.IsInitial());

    private static string DefaultRoot()
    {
        string? runtimeDirectory = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return !string.IsNullOrEmpty(runtimeDirectory) && (Processes.EffectiveUserId != 0 || !UserNamespaces.IsInitial()) ? runtimeDirectory + "/keelson-runtime" : "/run/keelson-runtime";
    }
}
