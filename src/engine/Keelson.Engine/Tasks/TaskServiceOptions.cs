namespace Keelson.Engine.Tasks;

/// <summary>How tasks are run.</summary>
public sealed record TaskServiceOptions
{
    /// <summary>The daemon's socket; shims get it, and the names of their sockets depend on it. Empty: a name below the state directory.</summary>
    public string Address { get; init; } = "";

    /// <summary>The program that shims may call as <c>PROGRAM --address A publish --topic T --namespace N</c>; empty for none.</summary>
    public string PublishProgram { get; init; } = "";

    /// <summary>Where shims are looked for before the <c>PATH</c>; the running program's directory by default.</summary>
    public IReadOnlyList<string> ShimDirectories { get; init; } = [Path.GetDirectoryName(Environment.ProcessPath) ?? "/"];

    /// <summary>Shims are told to log all they can.</summary>
    public bool IsDebug { get; init; }

    /// <summary>How long a shim of ours without containers stays for the next one; 10 s by default. The next container then needs no new process.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a shim may take for its state; 2 s, as containerd.</summary>
    public TimeSpan StateLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a shim may take to be known again, and to clean up; 5 s, as containerd.</summary>
    public TimeSpan CleanupLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a shim may take to start; 30 s.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often containers with restart labels are looked at; 10 s, as containerd. Zero or less: never.</summary>
    public TimeSpan RestartInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Hears each line that a shim logs.</summary>
    public Action<string> ShimLogged { get; init; } = _ => { };

    /// <summary>Hears what went wrong where no caller could be told: the operation and its object, and why.</summary>
    public Action<string, Exception> Failed { get; init; } = (_, _) => { };

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
