using Keelson.Linux;
using Keelson.Linux.Proc;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>Which hierarchies are mounted, and where.</summary>
/// <remarks>
/// The usual places are tried first: one statfs(2) tells a cgroup v2 machine, and on a v1 or hybrid one <c>/proc/self/cgroup</c> names the
/// directories below <c>/sys/fs/cgroup</c>. Anything unusual is looked up in <c>/proc/self/mountinfo</c>.
/// </remarks>
public sealed class CgroupLayout
{
    private const string Usual = "/sys/fs/cgroup";

    /// <summary>A layout with the given hierarchies. Meant for tests and unusual machines; see <see cref="Detect"/>.</summary>
    /// <param name="hierarchies">At most one of them is the v2 tree.</param>
    public CgroupLayout(IReadOnlyList<CgroupHierarchy> hierarchies)
    {
        Hierarchies = hierarchies;
        bool v1 = false;
        foreach (CgroupHierarchy hierarchy in hierarchies)
        {
            if (hierarchy.IsUnified) Unified = hierarchy;
            else v1 |= !hierarchy.Controllers.StartsWith("name=", StringComparison.Ordinal);
        }
        Mode = v1 ? (Unified is null ? CgroupMode.V1 : CgroupMode.Hybrid) : Unified is not null ? CgroupMode.V2 : CgroupMode.None;
    }

    /// <summary>How control groups are mounted.</summary>
    public CgroupMode Mode { get; }

    /// <summary>All hierarchies that containers are put into; the v2 tree comes last.</summary>
    public IReadOnlyList<CgroupHierarchy> Hierarchies { get; }

    /// <summary>The cgroup v2 tree, if it is mounted.</summary>
    public CgroupHierarchy? Unified { get; }

    /// <summary>Whether this machine has cgroup v2 alone, at the usual place; one statfs(2).</summary>
    public static bool IsV2Alone => Files.TryFileSystem(Usual, out long magic) == Errno.None && magic == FileSystemMagic.CGROUP2_SUPER_MAGIC;

    /// <summary>Whether the places are the usual ones and not read from mountinfo, so that a part of a hierarchy may be mounted there.</summary>
    internal bool IsGuess { get; private init; }

    /// <summary>Finds the hierarchies of this machine, as the calling process sees them.</summary>
    /// <exception cref="LinuxException">procfs could not be read.</exception>
    public static CgroupLayout Detect()
    {
        if (IsV2Alone) return new CgroupLayout([new CgroupHierarchy("", Usual)]) { IsGuess = true };
        List<(string Controllers, string Path)> own = CgroupMembership.Read();
        if (Files.TryFileSystem(Usual, out long magic) == Errno.None && magic == FileSystemMagic.TMPFS_MAGIC && TryUsualPlaces(own, out List<CgroupHierarchy> hierarchies))
            return new CgroupLayout(hierarchies) { IsGuess = true };
        return FromMountInfo(MountInfo.ReadSelf().Span, own);
    }

    /// <summary>Finds the hierarchies in the text of a mountinfo file.</summary>
    /// <param name="mountInfo">Contents of <c>/proc/PID/mountinfo</c>.</param>
    /// <param name="own">The groups of the same process, from <see cref="CgroupMembership"/>.</param>
    public static CgroupLayout FromMountInfo(ReadOnlySpan<byte> mountInfo, IReadOnlyList<(string Controllers, string Path)> own)
    {
        CgroupHierarchy?[] found = new CgroupHierarchy?[own.Count];
        MountInfo mounts = new(mountInfo);
        while (mounts.TryNext(out MountInfoLine line))
        {
            bool unified = line.FileSystem.SequenceEqual("cgroup2"u8);
            if (!unified && !line.FileSystem.SequenceEqual("cgroup"u8)) continue;
            for (int i = 0; i < own.Count; i++)
            {
                if (!IsUsed(own[i].Controllers) || (own[i].Controllers.Length == 0) != unified || !HasControllers(line.SuperOptions, own[i].Controllers)) continue;
                CgroupHierarchy candidate = new(own[i].Controllers, MountInfo.UnescapeText(line.MountPoint), own[i].Path, MountInfo.UnescapeText(line.Root));
                // The same tree may be mounted many times: a whole one is better than a part, /sys/fs/cgroup better than elsewhere.
                if (found[i] is not { } before || Rank(candidate) > Rank(before)) found[i] = candidate;
            }
        }
        List<CgroupHierarchy> hierarchies = new(own.Count);
        foreach (CgroupHierarchy? hierarchy in found)
            if (hierarchy is { IsUnified: false })
                hierarchies.Add(hierarchy);
        foreach (CgroupHierarchy? hierarchy in found)
            if (hierarchy is { IsUnified: true })
                hierarchies.Add(hierarchy);
        return new CgroupLayout(hierarchies);
    }

    /// <summary>The directory of a group in one hierarchy.</summary>
    /// <remarks>
    /// An absolute path starts at the mount point. A relative one starts, as runC has it, at the caller's own group in a v1 hierarchy and
    /// beside the caller's own group in the v2 tree, where a group with processes in it cannot have children with controllers.
    /// </remarks>
    internal static string Directory(CgroupHierarchy hierarchy, CgroupPath path)
    {
        if (path.IsAbsolute) return hierarchy.MountPoint + path.Value;
        string own = OwnDirectory(hierarchy);
        if (hierarchy.IsUnified && own.Length > hierarchy.MountPoint.Length) own = own[..own.LastIndexOf('/')];
        return own + "/" + path.Value;
    }

    /// <summary>The directory of the caller's own group in one hierarchy.</summary>
    internal static string OwnDirectory(CgroupHierarchy hierarchy)
    {
        string? own = hierarchy.OwnPath;
        if (own is null)
            foreach ((string controllers, string at) in CgroupMembership.Read())
                if (controllers == hierarchy.Controllers)
                    own = at;

        // "/.." leads out of the caller's cgroup namespace: nothing there can be reached.
        if (own is null || own == "/" || own.StartsWith("/..", StringComparison.Ordinal)) return hierarchy.MountPoint;
        if (hierarchy.Root == "/") return hierarchy.MountPoint + own;
        if (own == hierarchy.Root) return hierarchy.MountPoint;
        return own.StartsWith(hierarchy.Root + "/", StringComparison.Ordinal) ? hierarchy.MountPoint + own[hierarchy.Root.Length..] : hierarchy.MountPoint;
    }

    private static bool TryUsualPlaces(List<(string Controllers, string Path)> own, out List<CgroupHierarchy> hierarchies)
    {
        hierarchies = new(own.Count);
        CgroupHierarchy? unified = null;
        foreach ((string controllers, string path) in own)
        {
            if (!IsUsed(controllers)) continue;
            string point = Usual + "/" + controllers switch { "" => "unified", "name=systemd" => "systemd", _ => controllers };
            Errno errno = Files.TryFileSystem(point, out long magic);
            if (controllers.Length == 0)
            {
                if (errno is not (Errno.None or Errno.ENOENT)) return false;
                if (errno == Errno.None && magic == FileSystemMagic.CGROUP2_SUPER_MAGIC) unified = new CgroupHierarchy("", point, path);
                continue;
            }
            if (errno != Errno.None || magic != FileSystemMagic.CGROUP_SUPER_MAGIC) return false;
            hierarchies.Add(new CgroupHierarchy(controllers, point, path));
        }
        if (hierarchies.Count == 0) return false;
        if (unified is not null) hierarchies.Add(unified);
        return true;
    }

    /// <summary>Containers join every hierarchy with controllers, systemd's, and the v2 tree; hierarchies that other programs named are theirs.</summary>
    private static bool IsUsed(string controllers) => controllers == "name=systemd" || !controllers.StartsWith("name=", StringComparison.Ordinal);

    private static bool HasControllers(ReadOnlySpan<byte> superOptions, string controllers)
    {
        if (controllers.Length == 0) return true;
        Span<byte> word = stackalloc byte[64];
        foreach (Range part in controllers.AsSpan().Split(','))
            if (!System.Text.Encoding.UTF8.TryGetBytes(controllers.AsSpan(part), word, out int length) || !MountInfoLine.Lists(superOptions, word[..length]))
                return false;
        return true;
    }

    private static int Rank(CgroupHierarchy hierarchy) =>
        (hierarchy.Root == "/" ? 2 : 0) + (hierarchy.MountPoint.StartsWith(Usual, StringComparison.Ordinal) ? 1 : 0);
}
