using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Runtime.Compile;

/// <summary>The namespaces of a configuration: which are made, which are joined through an open descriptor.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Namespaces". A kind that is not named is inherited.</remarks>
internal sealed class NamespaceSet : IDisposable
{
    private readonly List<(CloneFlags Kind, FdHandle File, string Path)> joined = [];

    /// <summary>Kinds that are made.</summary>
    public CloneFlags New { get; private set; }

    /// <summary>Kinds that are joined.</summary>
    public CloneFlags Joined { get; private set; }

    /// <summary>The joined ones: the user namespace first, then the others in the configuration's order.</summary>
    public IReadOnlyList<(CloneFlags Kind, FdHandle File, string Path)> JoinedFiles => joined;

    /// <summary>Whether a kind is made or joined.</summary>
    public bool Has(CloneFlags kind) => ((New | Joined) & kind) != 0;

    /// <summary>Sorts the namespaces and opens those that are joined.</summary>
    /// <exception cref="KeelsonException">A path is missing, no namespace, or one of another kind.</exception>
    public static NamespaceSet Open(ReadOnlySpan<NamespaceSpec> namespaces)
    {
        NamespaceSet set = new();
        try
        {
            foreach (NamespaceSpec spec in namespaces) set.Add(spec);
        }
        catch
        {
            set.Dispose();
            throw;
        }
        return set;
    }

    /// <summary>The bit that clone(2) has for a kind.</summary>
    public static CloneFlags Flag(NamespaceKind kind) => kind switch
    {
        NamespaceKind.Pid => CloneFlags.CLONE_NEWPID,
        NamespaceKind.Network => CloneFlags.CLONE_NEWNET,
        NamespaceKind.Mount => CloneFlags.CLONE_NEWNS,
        NamespaceKind.Ipc => CloneFlags.CLONE_NEWIPC,
        NamespaceKind.Uts => CloneFlags.CLONE_NEWUTS,
        NamespaceKind.User => CloneFlags.CLONE_NEWUSER,
        NamespaceKind.Cgroup => CloneFlags.CLONE_NEWCGROUP,
        NamespaceKind.Time => CloneFlags.CLONE_NEWTIME,
        _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"namespace kind {kind} is not known"),
    };

    /// <summary>Closes the descriptors.</summary>
    public void Dispose()
    {
        foreach ((_, FdHandle file, _) in joined) file.Dispose();
    }

    private void Add(NamespaceSpec spec)
    {
        CloneFlags kind = Flag(spec.Type);
        if (string.IsNullOrEmpty(spec.Path))
        {
            New |= kind;
            return;
        }
        FdHandle file = Files.Open(spec.Path, OpenFlags.O_RDONLY);
        Joined |= kind;
        if (kind == CloneFlags.CLONE_NEWUSER) joined.Insert(0, (kind, file, spec.Path));
        else joined.Add((kind, file, spec.Path));
        if (Namespaces.TryKind(file.Fd, out CloneFlags actual) != Errno.None || actual != kind)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"join namespace {spec.Path}: it is not a namespace of kind {Name(kind)}");
    }

    /// <summary>The name of a kind in <c>/proc/PID/ns</c>.</summary>
    public static string Name(CloneFlags kind) => kind switch
    {
        CloneFlags.CLONE_NEWPID => "pid",
        CloneFlags.CLONE_NEWNET => "net",
        CloneFlags.CLONE_NEWNS => "mnt",
        CloneFlags.CLONE_NEWIPC => "ipc",
        CloneFlags.CLONE_NEWUTS => "uts",
        CloneFlags.CLONE_NEWUSER => "user",
        CloneFlags.CLONE_NEWCGROUP => "cgroup",
        CloneFlags.CLONE_NEWTIME => "time",
        _ => kind.ToString(),
    };
}
