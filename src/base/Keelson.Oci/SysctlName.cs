namespace Keelson.Oci;

/// <summary>Names of kernel parameters. sysctl(8).</summary>
public static class SysctlName
{
    /// <summary>The file below <c>/proc/sys</c> for a name: <c>net/ipv4/ip_forward</c> for <c>net.ipv4.ip_forward</c>.</summary>
    /// <param name="name">
    /// The first of <c>.</c> and <c>/</c> in it separates the parts; the other one then stands for a point within a part, as in
    /// <c>net.ipv4.conf.eth0/1.forwarding</c> for the interface <c>eth0.1</c>.
    /// </param>
    /// <returns><see langword="null"/> when a part is empty, <c>.</c> or <c>..</c>, so that the file never lies elsewhere.</returns>
    public static string? ToPath(string name)
    {
        int first = name.AsSpan().IndexOfAny('.', '/');
        string path = first >= 0 && name[first] == '.'
            ? string.Create(name.Length, name, static (span, text) =>
            {
                for (int i = 0; i < span.Length; i++) span[i] = text[i] == '.' ? '/' : text[i] == '/' ? '.' : text[i];
            })
            : name;
        foreach (Range part in path.AsSpan().Split('/'))
            if (path.AsSpan()[part] is "" or "." or "..") return null;
        return path;
    }

    /// <summary>The kind of namespace that a parameter belongs to; <see langword="null"/> when it is one of the whole machine.</summary>
    /// <param name="path">From <see cref="ToPath"/>.</param>
    public static NamespaceKind? NamespaceOf(string path) => path switch
    {
        "kernel/hostname" or "kernel/domainname" => NamespaceKind.Uts,
        "kernel/shmmax" or "kernel/shmall" or "kernel/shmmni" or "kernel/shm_rmid_forced" or "kernel/shm_next_id" or "kernel/msgmax"
            or "kernel/msgmni" or "kernel/msgmnb" or "kernel/msg_next_id" or "kernel/auto_msgmni" or "kernel/sem" or "kernel/sem_next_id" => NamespaceKind.Ipc,
        _ when path.StartsWith("fs/mqueue/", StringComparison.Ordinal) => NamespaceKind.Ipc,
        _ when path.StartsWith("net/", StringComparison.Ordinal) => NamespaceKind.Network,
        _ => null,
    };
}
