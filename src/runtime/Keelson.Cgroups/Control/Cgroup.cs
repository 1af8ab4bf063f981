using Keelson.Linux;
using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>The control group of one container, in every hierarchy that the machine has.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Control groups"; cgroups(7). Nothing is kept open: an instance needs no disposal.</remarks>
public abstract class Cgroup
{
    /// <summary>Makes the group, and those above it that are missing, and sets its limits. On a failure what was made is removed again.</summary>
    /// <param name="layout">The machine's hierarchies.</param>
    /// <param name="path">Where the group lies in them.</param>
    /// <param name="resources">Limits and device rules; <see langword="null"/> for none, which still denies devices.</param>
    /// <param name="options">Rights, ownership, warnings.</param>
    /// <exception cref="KeelsonException">
    /// Unsupported: a limit needs a controller that the machine lacks. InvalidArgument: limits contradict each other. FailedPrecondition: there
    /// is such a group with processes in it, or a frozen one.
    /// </exception>
    /// <exception cref="LinuxException">The kernel refused a directory or a value; the message names file and value.</exception>
    public static Cgroup Create(CgroupLayout layout, CgroupPath path, LinuxResources? resources, CgroupOptions options) =>
        FileCgroup.Create(layout, path, resources, options);

    /// <summary>Has systemd make the group as a unit, with the first process in it, and sets its limits. On a failure the unit is stopped.</summary>
    /// <param name="layout">The machine's hierarchies.</param>
    /// <param name="unit">The unit.</param>
    /// <param name="resources">Limits and device rules; <see langword="null"/> for none, which still denies devices.</param>
    /// <param name="options">Rights, ownership, warnings.</param>
    /// <param name="systemd">The first process, the manager to ask, properties.</param>
    /// <exception cref="KeelsonException">As above. AlreadyExists: there is such a unit. NotFound, PermissionDenied: systemd cannot be reached or refuses.</exception>
    public static Cgroup Create(CgroupLayout layout, SystemdUnit unit, LinuxResources? resources, CgroupOptions options, SystemdOptions systemd) =>
        SystemdCgroup.Create(layout, unit, resources, options, systemd);

    /// <summary>What <see cref="Save"/> will say of a group that is still to be made, so that it can be written down before.</summary>
    /// <remarks>A runtime that is killed while it makes the group can thus be cleaned up after.</remarks>
    public static IReadOnlyList<string> Foresee(CgroupLayout layout, CgroupPath path)
    {
        List<CgroupDirectory> directories = new(layout.Hierarchies.Count);
        foreach (CgroupHierarchy hierarchy in layout.Hierarchies) directories.Add(new CgroupDirectory(hierarchy.Controllers, CgroupLayout.Directory(hierarchy, path)));
        return directories.Count == 0 ? new NoCgroup().Save() : new FileCgroup(directories, layout.Mode).Save();
    }

    /// <inheritdoc cref="Foresee(CgroupLayout, CgroupPath)"/>
    public static IReadOnlyList<string> Foresee(CgroupLayout layout, SystemdUnit unit, SystemdOptions systemd) => SystemdCgroup.Foresee(layout, unit, systemd);

    /// <summary>The group that <see cref="Save"/> described. No calls are made: the group may be gone.</summary>
    /// <exception cref="KeelsonException">DataLoss: the text has another form.</exception>
    public static Cgroup Open(IReadOnlyList<string> saved)
    {
        if (saved.Count == 1 && saved[0] == NoCgroup.Driver) return new NoCgroup();
        if (saved.Count > 1 && saved[0] == FileCgroup.Driver) return FileCgroup.Open(saved);
        if (SystemdCgroup.Wrote(saved)) return SystemdCgroup.Open(saved);
        throw new KeelsonException(ErrorKind.DataLoss, $"open cgroup: '{string.Join(' ', saved)}' describes none");
    }

    /// <summary>What <see cref="Open"/> needs to find the group again: the driver, then one line for each directory.</summary>
    public abstract IReadOnlyList<string> Save();

    /// <summary>How control groups were mounted when the group was made.</summary>
    public abstract CgroupMode Mode { get; }

    /// <summary>
    /// The directories: controllers as <c>/proc/PID/cgroup</c> lists them (<c>cpu,cpuacct</c>, <c>name=systemd</c>, empty for the v2 tree, which is last)
    /// and the absolute path.
    /// </summary>
    public abstract IReadOnlyList<(string Controllers, string Directory)> Directories { get; }

    /// <summary>Whether processes get into the group by <see cref="Attach"/> alone: a user's own rights end at the group that their manager is in.</summary>
    /// <remarks><see cref="OpenJoinFiles"/> and <see cref="OpenDirectory"/> then have nothing. Kernel documentation admin-guide/cgroup-v2 "Delegation Containment".</remarks>
    public virtual bool IsJoinedThroughManager => false;

    /// <summary>Files into which a process writes <c>0</c> to move itself into the group, one for each hierarchy, open for writing.</summary>
    /// <remarks>
    /// In v1 hierarchies these are <c>tasks</c> files, which move the calling thread alone: the kernel need not stop all other forks for that, which
    /// costs about 10 ms. So the process must have one thread. The v2 tree has <c>cgroup.procs</c> alone; a child that is cloned with
    /// CLONE_INTO_CGROUP and <see cref="OpenDirectory"/> is in it from the start.
    /// </remarks>
    /// <param name="withUnified">Whether the file of the v2 tree is among them; it comes last.</param>
    /// <param name="below">A group below this one, relative, that exists: <c>exec --cgroup</c>. Empty for this one.</param>
    /// <param name="controllers">The controllers that <paramref name="below"/> is meant for; in other hierarchies it is this group. All when empty.</param>
    /// <returns>Handles that the caller disposes.</returns>
    /// <exception cref="LinuxException">ENOENT: the group is gone.</exception>
    public abstract IReadOnlyList<FdHandle> OpenJoinFiles(bool withUnified = true, string below = "", ReadOnlySpan<string> controllers = default);

    /// <summary>The directory in the v2 tree for CLONE_INTO_CGROUP; <see langword="null"/> when the group has none. The caller disposes it.</summary>
    /// <param name="below">A group below this one, relative, that exists.</param>
    public abstract FdHandle? OpenDirectory(string below = "");

    /// <summary>Moves a process with all its threads into the group.</summary>
    /// <param name="pid">Process ID in the caller's PID namespace; 0 is the caller.</param>
    /// <param name="below">A group below this one, relative, that exists.</param>
    /// <exception cref="LinuxException">ESRCH: the process ended. EBUSY: in the v2 tree, the group has children with controllers.</exception>
    public abstract void Attach(int pid, string below = "");

    /// <summary>Changes limits of a group in use. What is absent stays. Device rules are not looked at, see <see cref="ApplyDevices"/>.</summary>
    /// <param name="resources">The new limits.</param>
    /// <param name="warn">Takes sentences about settings that have no effect here.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: <c>checkBeforeUpdate</c> and more memory is in use. Otherwise as <see cref="Create(CgroupLayout, CgroupPath, LinuxResources?, CgroupOptions)"/>.</exception>
    public abstract void Update(LinuxResources resources, Action<string>? warn = null);

    /// <summary>Replaces the device rules of a group in use, without a moment in which more or less is allowed than by both.</summary>
    /// <param name="rules">Rules of the configuration; the devices that every container has are added.</param>
    public abstract void ApplyDevices(ReadOnlySpan<DeviceRule> rules);

    /// <summary>Stops all processes in the group and below, and returns when they have stopped.</summary>
    /// <exception cref="KeelsonException">Unavailable: they did not stop in time; they go on then. Unsupported: there is no freezer.</exception>
    public abstract void Freeze();

    /// <summary>Lets the processes go on.</summary>
    public abstract void Thaw();

    /// <summary>Whether the group is frozen, or on the way to it.</summary>
    public abstract bool IsFrozen { get; }

    /// <summary>What the kernel counts about the group.</summary>
    /// <exception cref="LinuxException">ENOENT: the group is gone.</exception>
    public abstract CgroupStats ReadStats();

    /// <summary>A source of notices that the group ran out of memory; the caller disposes it.</summary>
    /// <exception cref="KeelsonException">Unsupported: there is no memory controller.</exception>
    public abstract OomEvents OpenOomEvents();

    /// <summary>How many processes of the group, and in v2 of those below, the kernel killed for lack of memory; 0 when it does not count them.</summary>
    public abstract long OomKillCount();

    /// <summary>The processes in the group.</summary>
    /// <param name="recursive">With those of all groups below it.</param>
    /// <returns>Process IDs in the caller's PID namespace; 0 stands for one outside of it. Empty when the group is gone.</returns>
    public abstract int[] ProcessIds(bool recursive = true);

    /// <summary>Sends a signal to every process in the group and below; one that forks cannot escape. SIGKILL also ends a frozen group.</summary>
    /// <param name="signal">Signal number.</param>
    public abstract void KillAll(int signal);

    /// <summary>Removes the group if nothing is in it any more, without waiting: the quick way after a container has ended by itself.</summary>
    /// <returns>Whether it is gone; otherwise <see cref="KillAll"/> and <see cref="Remove"/> have to follow.</returns>
    public abstract bool TryRemove();

    /// <summary>Removes the group and all below it. Waits, up to a bound, until its processes are gone. Nothing is done when it is gone.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: there still are processes; the message names all directories that stay.</exception>
    public abstract void Remove();
}
