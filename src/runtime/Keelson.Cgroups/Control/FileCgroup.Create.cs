using Keelson.Linux;
using Keelson.Linux.Proc;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups;

internal sealed partial class FileCgroup
{
    public static new Cgroup Create(CgroupLayout layout, CgroupPath path, LinuxResources? resources, CgroupOptions options)
    {
        List<CgroupDirectory> directories = new(layout.Hierarchies.Count);
        List<string> made = new(layout.Hierarchies.Count);
        try
        {
            foreach (CgroupHierarchy hierarchy in layout.Hierarchies)
            {
                CgroupDirectory directory = new(hierarchy.Controllers, CgroupLayout.Directory(hierarchy, path));
                int before = made.Count;
                Errno errno = Make(directory, made);
                if (errno == Errno.ENOENT)
                {
                    if (layout.IsGuess && !path.IsAbsolute && Files.TryStatus(CgroupLayout.OwnDirectory(hierarchy), out _) == Errno.ENOENT)
                    {
                        // The caller's own group is not below the mount point: a part of the hierarchy is mounted. mountinfo knows which.
                        RemoveMade(made);
                        return Create(CgroupLayout.FromMountInfo(MountInfo.ReadSelf().Span, CgroupMembership.Read()), path, resources, options);
                    }
                    errno = MakeAbove(hierarchy, directory, made);
                    if (errno == Errno.None) errno = Make(directory, made);
                }
                if (errno == Errno.EEXIST)
                {
                    errno = Errno.None;
                    CheckUnused(directory);
                }
                if (errno is Errno.EACCES or Errno.EPERM or Errno.EROFS && options.IsRootless && path.IsDefault) continue;
                errno.ThrowIfError("mkdir", directory.Path);
                if (directory.Has("cpuset") && !TryPopulate(directory, made.Count > before, resources?.Cpu, options))
                {
                    RemoveMade(made, before);
                    continue;
                }
                directories.Add(directory);
            }
            FileCgroup group = new(directories, layout.Mode);
            if (directories.Count > 0)
            {
                group.Finish(layout, resources, options, isNew: true);
                return group;
            }
            if (!options.IsRootless) throw new KeelsonException(ErrorKind.Unsupported, "create cgroup: no cgroup file system is mounted");
            NoCgroup none = new();
            if (resources is not null) none.Update(resources);
            return none;
        }
        catch
        {
            RemoveMade(made);
            throw;
        }
    }

    /// <summary>Takes over a group that somebody else has made in at least one hierarchy, makes it in the others, and sets its limits.</summary>
    /// <param name="layout">The machine's hierarchies.</param>
    /// <param name="path">Where the group lies in all of them, with a slash at its beginning.</param>
    /// <param name="pid">A process that is in it already where it was made, and is moved into it elsewhere; 0 for none.</param>
    /// <param name="resources">The limits.</param>
    /// <param name="options">As for a new group.</param>
    public static FileCgroup Adopt(CgroupLayout layout, string path, int pid, LinuxResources? resources, CgroupOptions options)
    {
        List<CgroupDirectory> directories = new(layout.Hierarchies.Count);
        List<string> made = [];
        try
        {
            foreach (CgroupHierarchy hierarchy in layout.Hierarchies)
            {
                CgroupDirectory directory = new(hierarchy.Controllers, hierarchy.MountPoint + path);
                int before = made.Count;
                Errno errno = Make(directory, made);
                if (errno == Errno.ENOENT)
                {
                    errno = MakeAbove(hierarchy, directory, made);
                    if (errno == Errno.None) errno = Make(directory, made);
                }
                if (errno is Errno.None or Errno.EEXIST && directory.Has("cpuset") && !TryPopulate(directory, errno == Errno.None, resources?.Cpu, options))
                {
                    RemoveMade(made, before);
                    continue;
                }
                if ((errno is Errno.None or Errno.EEXIST) && pid > 0) errno = directory.TryWrite("cgroup.procs", pid.ToString());
                if (errno is Errno.EACCES or Errno.EPERM or Errno.EROFS && options.IsRootless) continue;
                if (errno != Errno.EEXIST) errno.ThrowIfError("join", directory.Path);
                directories.Add(directory);
            }
            FileCgroup group = new(directories, layout.Mode);
            // In the v2 tree systemd has attached a program of its own, which is replaced.
            group.Finish(layout, resources, options, isNew: layout.Mode != CgroupMode.V2);
            return group;
        }
        catch
        {
            RemoveMade(made);
            throw;
        }
    }

    private void Finish(CgroupLayout layout, LinuxResources? resources, CgroupOptions options, bool isNew)
    {
        if (unified is not null && layout.Unified is { } tree) PrepareUnified(tree.MountPoint, resources);
        if (!options.SkipDevices)
        {
            try
            {
                WriteDevices(DeviceRuleList.ForContainer(resources?.Devices), isNew);
            }
            catch (LinuxException e) when (options.IsRootless && e.Errno is Errno.EPERM or Errno.EACCES)
            {
                options.Warn?.Invoke("devices: the rules were refused, the container's user namespace holds instead");
            }
        }
        if (resources is not null) WriteLimits(resources, isNew: true, options.Warn);
        if (options.OwnerUid is { } owner && Mode == CgroupMode.V2) Delegation.Give(unified!, owner);
    }

    private static Errno Make(CgroupDirectory directory, List<string> made)
    {
        Errno errno = Files.TryMakeDirectory(directory.Path);
        if (errno == Errno.None) made.Add(directory.Path);
        return errno;
    }

    /// <summary>Makes the directories between the mount point and a group.</summary>
    private static Errno MakeAbove(CgroupHierarchy hierarchy, CgroupDirectory directory, List<string> made)
    {
        for (int slash = directory.Path.IndexOf('/', hierarchy.MountPoint.Length + 1); slash >= 0; slash = directory.Path.IndexOf('/', slash + 1))
        {
            Errno errno = Make(new CgroupDirectory(directory.Controllers, directory.Path[..slash]), made);
            if (errno is not (Errno.None or Errno.EEXIST)) return errno;
        }
        return Errno.None;
    }

    /// <summary>A group that is there already is taken over when nothing lives in it: an earlier runtime may have died before it removed it.</summary>
    private static void CheckUnused(CgroupDirectory directory)
    {
        if (!directory.Read("cgroup.procs").IsEmpty)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"create cgroup {directory.Path}: there is one, with processes in it");
        if (directory.Has("freezer") ? V1Freezer.IsFrozen(directory) : directory.IsUnified && V2Freezer.IsFrozen(directory))
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"create cgroup {directory.Path}: there is one, and it is frozen");
    }

    /// <summary>Gives a group of the <c>cpuset</c> controller the CPUs and memory nodes without which it cannot be joined, as far as its limits do not name them.</summary>
    /// <returns>Whether it has them. A user whose groups above have none, and who asked for none, does without this hierarchy.</returns>
    private static bool TryPopulate(CgroupDirectory directory, bool isNew, CpuResources? cpu, CgroupOptions options)
    {
        bool cpus = string.IsNullOrEmpty(cpu?.Cpus), mems = string.IsNullOrEmpty(cpu?.Mems);
        try
        {
            V1Cpuset.Inherit(directory, cpus && (isNew || IsEmpty("cpuset.cpus")), mems && (isNew || IsEmpty("cpuset.mems")));
            return true;
        }
        catch (LinuxException e) when (options.IsRootless && cpus && mems && e.Errno is Errno.EACCES or Errno.EPERM or Errno.EROFS)
        {
            options.Warn?.Invoke($"cpuset: {directory.Path} gets no CPUs, because a group above has none and belongs to another user; the container stays where its runtime is");
            return false;
        }

        bool IsEmpty(string file) => directory.ReadShort(file, stackalloc byte[8192]).IsEmpty;
    }

    /// <summary>Removes groups that were made; a parent may by now be in use by others, and what is busy stays.</summary>
    /// <param name="made">The groups, parents first.</param>
    /// <param name="first">Where to begin; what is before is left.</param>
    private static void RemoveMade(List<string> made, int first = 0)
    {
        for (int i = made.Count - 1; i >= first; i--) _ = Files.TryRemoveDirectory(made[i]);
        made.RemoveRange(first, made.Count - first);
    }
}
