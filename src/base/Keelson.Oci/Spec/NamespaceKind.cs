namespace Keelson.Oci;

/// <summary>Kinds of namespaces. namespaces(7).</summary>
public enum NamespaceKind
{
    /// <summary>Process ids.</summary>
    Pid,
    /// <summary>Network stack.</summary>
    Network,
    /// <summary>Mount table.</summary>
    Mount,
    /// <summary>System V IPC and POSIX message queues.</summary>
    Ipc,
    /// <summary>Host and domain name.</summary>
    Uts,
    /// <summary>User and group ids, capabilities.</summary>
    User,
    /// <summary>View of the cgroup tree.</summary>
    Cgroup,
    /// <summary>Boot and monotonic clocks.</summary>
    Time,
}
