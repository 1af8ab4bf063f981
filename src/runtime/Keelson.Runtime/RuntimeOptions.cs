using Keelson.Linux;
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

    internal bool Rootless => IsRootless ?? (Processes.EffectiveUserId != 0 || IsInUserNamespace());

    /// <summary>Whether this process is in another user namespace than the machine's first, which maps all IDs to themselves. user_namespaces(7).</summary>
    internal static bool IsInUserNamespace()
    {
        Errno errno = Files.TryReadAll("/proc/self/uid_map", out ReadOnlyMemory<byte> text);
        // A kernel without user namespaces has no such file.
        if (errno == Errno.ENOENT) return false;
        errno.ThrowIfError("read", "/proc/self/uid_map");
        ReadOnlySpan<byte> map = text.Span.Trim(" \n"u8);
        return !(map.StartsWith("0 "u8) && map.EndsWith(" 4294967295"u8) && map.Count((byte)'\n') == 0);
    }

    private static string DefaultRoot()
    {
        string? runtimeDirectory = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return !string.IsNullOrEmpty(runtimeDirectory) && (Processes.EffectiveUserId != 0 || IsInUserNamespace()) ? runtimeDirectory + "/keelson-runtime" : "/run/keelson-runtime";
    }
}
