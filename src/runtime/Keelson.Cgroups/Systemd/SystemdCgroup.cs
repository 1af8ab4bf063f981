using Keelson.Cgroups.DBus;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>A group that systemd made as a unit and that it may look at again; limits are told to both systemd and the kernel.</summary>
/// <param name="unit">Name of the unit.</param>
/// <param name="isUser">Whether it is one of the calling user's manager.</param>
/// <param name="busPath">Socket of the bus; <see langword="null"/> for the usual places.</param>
/// <param name="files">The group's directories.</param>
internal sealed class SystemdCgroup(string unit, bool isUser, string? busPath, FileCgroup files) : Cgroup
{
    public const string SystemDriver = "systemd", UserDriver = "systemd-user";

    public static new SystemdCgroup Create(CgroupLayout layout, SystemdUnit unit, LinuxResources? resources, CgroupOptions options, SystemdOptions systemd)
    {
        if (layout.Mode == CgroupMode.None) throw new KeelsonException(ErrorKind.Unsupported, "create cgroup: no cgroup file system is mounted");
        DeviceRuleList? devices = options.SkipDevices ? null : DeviceRuleList.ForContainer(resources?.Devices);
        using SystemdManager manager = SystemdManager.Connect(systemd.IsUser, systemd.BusPath);
        bool started = Start(manager, unit, Properties(manager, layout.Mode, unit, resources, devices, systemd));
        string path = unit.CgroupPath;
        try
        {
            if (!unit.IsSlice) path = PathOf(layout, systemd.Pid, unit);
            FileCgroup files = FileCgroup.Adopt(layout, path, unit.IsSlice ? 0 : systemd.Pid, resources, options);
            return new SystemdCgroup(unit.Name, systemd.IsUser, systemd.BusPath, files);
        }
        catch when (started)
        {
            Undo(manager, layout, unit, path);
            throw;
        }
    }

    /// <summary>What <see cref="Save"/> of a group that is yet to be made is going to return, as far as can be known.</summary>
    public static new IReadOnlyList<string> Foresee(CgroupLayout layout, SystemdUnit unit, SystemdOptions systemd)
    {
        List<string> lines = [Head(unit.Name, systemd.IsUser, systemd.BusPath)];
        foreach (CgroupHierarchy hierarchy in layout.Hierarchies) lines.Add(hierarchy.Controllers + ":" + hierarchy.MountPoint + unit.CgroupPath);
        return lines;
    }

    /// <summary>Whether <see cref="Open"/> is for these lines.</summary>
    public static bool Wrote(IReadOnlyList<string> saved) =>
        saved.Count > 1 && (saved[0].StartsWith(SystemDriver + " ", StringComparison.Ordinal) || saved[0].StartsWith(UserDriver + " ", StringComparison.Ordinal));

    public static new SystemdCgroup Open(IReadOnlyList<string> saved)
    {
        // driver unit [bus]: names of units have no spaces.
        string[] words = saved[0].Split(' ', 3);
        return new SystemdCgroup(words[1], words[0] == UserDriver, words.Length > 2 ? words[2] : null, FileCgroup.Open(saved));
    }

    public override IReadOnlyList<string> Save()
    {
        string[] lines = [.. files.Save()];
        lines[0] = Head(unit, isUser, busPath);
        return lines;
    }

    public override CgroupMode Mode => files.Mode;

    public override IReadOnlyList<(string Controllers, string Directory)> Directories => files.Directories;

    public override bool IsJoinedThroughManager => isUser;

    public override IReadOnlyList<FdHandle> OpenJoinFiles(bool withUnified = true, string below = "", ReadOnlySpan<string> controllers = default) =>
        isUser ? [] : files.OpenJoinFiles(withUnified, below, controllers);

    public override FdHandle? OpenDirectory(string below = "") => isUser ? null : files.OpenDirectory(below);

    public override void Attach(int pid, string below = "")
    {
        if (!isUser)
        {
            files.Attach(pid, below);
            return;
        }
        using SystemdManager manager = SystemdManager.Connect(isUser, busPath);
        manager.AttachProcess(unit, below, pid);
    }

    public override void Update(LinuxResources resources, Action<string>? warn = null)
    {
        using (SystemdManager manager = SystemdManager.Connect(isUser, busPath))
        {
            UnitProperties properties = new(Mode, manager.Version());
            properties.AddLimits(resources);
            manager.SetUnitProperties(unit, properties);
        }
        files.Update(resources, warn);
    }

    public override void ApplyDevices(ReadOnlySpan<DeviceRule> rules)
    {
        DeviceRuleList list = DeviceRuleList.ForContainer(rules);
        // On v1 systemd writes its list anew, with a moment in which nothing is allowed.
        using IDisposable? still = Mode == CgroupMode.V2 ? null : files.Stop();
        using (SystemdManager manager = SystemdManager.Connect(isUser, busPath))
        {
            UnitProperties properties = new(Mode, manager.Version());
            properties.AddDevices(list);
            manager.SetUnitProperties(unit, properties);
        }
        files.ApplyDevices(rules);
    }

    public override void Freeze() => files.Freeze();

    public override void Thaw() => files.Thaw();

    public override bool IsFrozen => files.IsFrozen;

    public override CgroupStats ReadStats() => files.ReadStats();

    public override OomEvents OpenOomEvents() => files.OpenOomEvents();

    public override long OomKillCount() => files.OomKillCount();

    public override int[] ProcessIds(bool recursive = true) => files.ProcessIds(recursive);

    public override void KillAll(int signal) => files.KillAll(signal);

    public override bool TryRemove()
    {
        // systemd has to be told in any case; it answers when the group is gone.
        if (files.ProcessIds().Length > 0) return false;
        Remove();
        return true;
    }

    public override void Remove()
    {
        using (SystemdManager manager = SystemdManager.Connect(isUser, busPath))
        {
            manager.StopUnit(unit);
            manager.ResetFailedUnit(unit);
        }
        // Directories in hierarchies that systemd does not use, and those that processes made below.
        files.Remove();
    }

    /// <returns>Whether the unit was made; a slice may be there already.</returns>
    private static bool Start(SystemdManager manager, SystemdUnit unit, UnitProperties properties)
    {
        try
        {
            manager.StartTransientUnit(unit.Name, properties);
            return true;
        }
        catch (BusException e) when (e.Kind == ErrorKind.AlreadyExists)
        {
            // A slice is shared; a scope of this name may have failed and been kept for people to look at.
            if (unit.IsSlice) return false;
            manager.ResetFailedUnit(unit.Name);
            manager.StartTransientUnit(unit.Name, properties);
            return true;
        }
    }

    /// <summary>Takes a unit back. The failure that led here is the one to tell; what cannot be stopped now stays visible in systemctl.</summary>
    private static void Undo(SystemdManager manager, CgroupLayout layout, SystemdUnit unit, string path)
    {
        try
        {
            List<CgroupDirectory> directories = [];
            foreach (CgroupHierarchy hierarchy in layout.Hierarchies) directories.Add(new CgroupDirectory(hierarchy.Controllers, hierarchy.MountPoint + path));
            FileCgroup files = new(directories, layout.Mode);
            // systemd would ask first, and wait a minute and a half for the answer.
            if (!unit.IsSlice) manager.KillUnit(unit.Name, Signals.SIGKILL);
            manager.StopUnit(unit.Name);
            manager.ResetFailedUnit(unit.Name);
            files.Remove();
        }
        catch (KeelsonException)
        {
            // See above.
        }
    }

    private static UnitProperties Properties(SystemdManager manager, CgroupMode mode, SystemdUnit unit, LinuxResources? resources, DeviceRuleList? devices, SystemdOptions systemd)
    {
        UnitProperties properties = new(mode, manager.Version());
        properties.Add("Description", "s", systemd.Description.Length > 0 ? systemd.Description : "container " + unit.Name);
        if (unit.IsSlice) properties.Add("Wants", "as", new object[] { unit.Slice });
        else
        {
            properties.Add("Slice", "s", unit.Slice);
            properties.Add("Delegate", "b", true);
            properties.Add("PIDs", "au", new object[] { (uint)systemd.Pid });
        }
        properties.Add("DefaultDependencies", "b", false);
        properties.Add("MemoryAccounting", "b", true);
        properties.Add("CPUAccounting", "b", true);
        properties.Add(mode == CgroupMode.V2 ? "IOAccounting" : "BlockIOAccounting", "b", true);
        properties.Add("TasksAccounting", "b", true);
        if (devices is not null) properties.AddDevices(devices);
        if (resources is not null) properties.AddLimits(resources);
        properties.AddAnnotations(systemd.Annotations);
        return properties;
    }

    /// <summary>Where systemd has put a process. It follows its own rules, so it is looked up and not computed.</summary>
    private static string PathOf(CgroupLayout layout, int pid, SystemdUnit unit)
    {
        string tree = layout.Mode == CgroupMode.V2 ? "" : "name=systemd";
        foreach ((string controllers, string path) in CgroupMembership.Read(pid))
            if (controllers == tree && path.EndsWith("/" + unit.Name, StringComparison.Ordinal))
                return path;
        throw new KeelsonException(ErrorKind.Unavailable, $"start systemd unit {unit.Name}: process {pid} is not in it");
    }

    private static string Head(string unit, bool isUser, string? busPath) => $"{(isUser ? UserDriver : SystemDriver)} {unit}{(busPath is null ? "" : " " + busPath)}";
}
