namespace Keelson.Runtime;

/// <summary>How one container is created.</summary>
public sealed class CreateOptions
{
    /// <summary>The container's name: <c>[A-Za-z0-9_+.-]</c>, at most 1024 characters.</summary>
    public required string Id { get; init; }

    /// <summary>Directory that holds <c>config.json</c>. The working directory by default.</summary>
    public string Bundle { get; init; } = ".";

    /// <summary>Unix socket that takes the master of the pseudo-terminal; needed when the process has a terminal.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>Called for a console socket when the process has a terminal and <see cref="ConsoleSocket"/> names none.</summary>
    public Func<string>? MakeConsoleSocket { get; init; }

    /// <summary>File that gets the process ID.</summary>
    public string? PidFile { get; init; }

    /// <summary>Unix socket that takes a descriptor of the container's process. pidfd_open(2).</summary>
    public string? PidFdSocket { get; init; }

    /// <summary>MS_MOVE and chroot(2) instead of pivot_root(2), for a root on a ramfs.</summary>
    public bool NoPivot { get; init; }

    /// <summary>The container keeps the caller's session keyring.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>Number of descriptors after stderr that the container's process inherits, after those of <see cref="ListenFds"/>.</summary>
    public int PreserveFds { get; init; }

    /// <summary>Number of sockets after stderr that the service manager handed over, which the process gets with <c>LISTEN_FDS</c>. sd_listen_fds(3).</summary>
    public int ListenFds { get; init; }

    /// <summary>
    /// Socket of the host's service manager, absolute or abstract with <c>@</c> in front. The container then has a socket of its own at
    /// <c>/run/notify/notify.sock</c> and <c>NOTIFY_SOCKET</c> in its program's environment. sd_notify(3).
    /// </summary>
    public string? NotifySocket { get; init; }
}
