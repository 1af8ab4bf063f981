namespace Keelson.Oci;

/// <summary>Programs to run at points of the lifecycle; those of one point run in the listed order.</summary>
/// <remarks>runtime-spec 1.3 config "POSIX-platform Hooks".</remarks>
public sealed class HookSet
{
    /// <summary>After the namespaces exist, before pivot_root; in the runtime's namespaces. Deprecated, and used by Docker.</summary>
    public HookSpec[] Prestart { get; set; } = [];

    /// <summary>After the namespaces exist, before pivot_root; in the runtime's namespaces.</summary>
    public HookSpec[] CreateRuntime { get; set; } = [];

    /// <summary>After the namespaces exist, before pivot_root; in the container's namespaces, path of the host.</summary>
    public HookSpec[] CreateContainer { get; set; } = [];

    /// <summary>At <c>start</c>, before the process is executed; in the container.</summary>
    public HookSpec[] StartContainer { get; set; } = [];

    /// <summary>At <c>start</c>, after the process is executed; in the runtime's namespaces.</summary>
    public HookSpec[] Poststart { get; set; } = [];

    /// <summary>After <c>delete</c>; in the runtime's namespaces.</summary>
    public HookSpec[] Poststop { get; set; } = [];
}
