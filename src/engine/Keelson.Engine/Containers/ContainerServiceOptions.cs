namespace Keelson.Engine.Containers;

/// <summary>How containers are kept.</summary>
public sealed record ContainerServiceOptions
{
    /// <summary>The namespace of docker's containers; <c>keelson</c> by default.</summary>
    public string Namespace { get; init; } = "keelson";

    /// <summary>Who makes the cgroups of containers.</summary>
    public CgroupDriver CgroupDriver { get; init; }

    /// <summary>What containers stand below when their settings name nothing: a path, or a slice with systemd; empty for <c>/keelson</c>, or <c>system.slice</c>.</summary>
    public string CgroupParent { get; init; } = "";

    /// <summary>The user namespace of containers whose settings say nothing: as <see cref="HostSettings.UsernsMode"/>.</summary>
    public string UsernsMode { get; init; } = "";

    /// <summary>Where the runtime keeps what it knows of containers; empty for the shim's default.</summary>
    public string RuntimeRoot { get; init; } = "";

    /// <summary>Hears what went wrong where no caller could be told: the operation and its object, and why.</summary>
    public Action<string, Exception> Failed { get; init; } = (_, _) => { };

    /// <summary>How output is kept of containers that say nothing of it; options are of this driver alone. <c>json-file</c> without a limit by default, as docker.</summary>
    public LogSettings Logs { get; init; } = new();

    /// <summary>Socket of systemd-journald, for containers whose log driver is journald.</summary>
    public string JournalSocket { get; init; } = JournalSender.StandardPath;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where chance comes from, for names.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>How long a restart waits at first; each time twice as long, up to a minute. 100 ms, as docker.</summary>
    public TimeSpan RestartDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Plug-ins that keep volumes.</summary>
    public VolumePluginOptions VolumePlugins { get; init; } = new();

    /// <summary>Called between the steps of a change, with their names, so that tests can stop there.</summary>
    internal Action<string>? Step { get; init; }

    /// <summary>Kernel and daemon; read from the machine when left out.</summary>
    internal MachineFacts? Machine { get; init; }
}
