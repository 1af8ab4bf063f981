using System.Text;
using Keelson.Linux;
using Keelson.Oci;

namespace Keelson.Cgroups;

internal sealed partial class FileCgroup
{
    /// <summary>Controllers of the v2 tree that this group has, as <c>cgroup.controllers</c> lists them; read when it is first needed.</summary>
    private string? unifiedControllers;

    public override void Update(LinuxResources resources, Action<string>? warn = null) => WriteLimits(resources, isNew: false, warn);

    /// <summary>Sees to it that the group's directory in the v2 tree has the controllers that it should.</summary>
    /// <param name="mountPoint">Top of the tree.</param>
    /// <param name="resources">Limits that need controllers.</param>
    private void PrepareUnified(string mountPoint, LinuxResources? resources)
    {
        if (Mode == CgroupMode.V2)
        {
            // All of them: without limits, too, the controllers count.
            unifiedControllers = UnifiedTree.Enable(mountPoint, unified!, null);
            return;
        }
        if (resources is null) return;
        foreach (string controller in ResourceNeeds.Controllers)
            if (ResourceNeeds.FirstProperty(resources, controller) is not null && FindV1(controller) is null && ResourceNeeds.UnifiedName(controller) is { } name)
                unifiedControllers = UnifiedTree.Enable(mountPoint, unified!, name);
    }

    private void WriteLimits(LinuxResources resources, bool isNew, Action<string>? warn)
    {
        List<CgroupWrite> writes = new(8);
        foreach (string controller in ResourceNeeds.Controllers)
        {
            writes.Clear();
            CgroupDirectory? directory = FindV1(controller);
            if (directory is not null)
            {
                V1Limits.Plan(controller, resources, isNew ? null : directory, writes, warn);
            }
            else if (Mode == CgroupMode.V2 && ResourceNeeds.UnifiedName(controller) is null)
            {
                V2Limits.Plan(controller, resources, null, writes, warn);
            }
            else if (ResourceNeeds.FirstProperty(resources, controller) is { } property)
            {
                if (!HasUnified(controller)) throw Lacks(property, controller);
                directory = unified;
                V2Limits.Plan(controller, resources, isNew ? null : directory, writes, warn);
            }
            else if (HasAny(resources, controller) && HasUnified(controller))
            {
                directory = unified;
                V2Limits.Plan(controller, resources, isNew ? null : directory, writes, warn);
            }
            if (writes.Count > 0) Write(directory!, writes);
        }
        if (resources.Unified.Count > 0) WriteUnified(resources.Unified);
    }

    /// <summary>Whether a controller's limits are there, even if they ask for nothing, such as <c>pids.limit</c> -1.</summary>
    private static bool HasAny(LinuxResources resources, string controller) => controller switch
    {
        "memory" => resources.Memory is not null,
        "cpu" or "cpuset" => resources.Cpu is not null,
        "pids" => resources.Pids is not null,
        "blkio" => resources.BlockIo is not null,
        _ => false,
    };

    private bool HasUnified(string controller)
    {
        if (unified is null || ResourceNeeds.UnifiedName(controller) is not { } name) return false;
        unifiedControllers ??= Encoding.ASCII.GetString(unified.Read("cgroup.controllers").Span);
        return UnifiedTree.Lists(unifiedControllers, name);
    }

    private KeelsonException Lacks(string property, string controller)
    {
        string name = Mode == CgroupMode.V2 ? ResourceNeeds.UnifiedName(controller) ?? controller : controller;
        string where = Mode == CgroupMode.V2 ? $"the cgroup {unified!.Path} has no {name} controller" : $"no cgroup with the {name} controller could be joined or created";
        return new KeelsonException(ErrorKind.Unsupported, $"set {property}: {where}");
    }

    /// <summary>Writes the values of one controller.</summary>
    private static void Write(CgroupDirectory directory, List<CgroupWrite> writes)
    {
        List<CgroupWrite>? again = null;
        bool skip = false;
        foreach (CgroupWrite write in writes)
        {
            if (skip)
            {
                skip = false;
                continue;
            }
            Errno errno = directory.TryWrite(write.File, write.Value);
            switch (write.Rule)
            {
                case WriteRule.IgnoreMissing when errno is Errno.ENOENT or Errno.EOPNOTSUPP:
                    break;
                case WriteRule.OrNext:
                    skip = errno == Errno.None;
                    if (errno is not (Errno.None or Errno.ENOENT or Errno.EOPNOTSUPP)) Fail(directory, write, errno);
                    break;
                case WriteRule.AgainLater when errno == Errno.EINVAL:
                    (again ??= []).Add(write);
                    break;
                default:
                    if (errno != Errno.None) Fail(directory, write, errno);
                    break;
            }
        }

        // Each round that gets something written may make room for the rest.
        while (again is { Count: > 0 })
        {
            int before = again.Count;
            Errno last = Errno.None;
            for (int i = 0; i < again.Count;)
            {
                last = directory.TryWrite(again[i].File, again[i].Value);
                if (last == Errno.None) again.RemoveAt(i);
                else if (last == Errno.EINVAL) i++;
                else Fail(directory, again[i], last);
            }
            if (again.Count == before) Fail(directory, again[0], Errno.EINVAL);
        }
    }

    private static void Fail(CgroupDirectory directory, in CgroupWrite write, Errno errno)
    {
        string value = write.Value;
        // The most common refusal: more memory is in use than the new limit. Say how much.
        if (write.Controller == "memory" && errno == Errno.EBUSY && directory.ReadOptionalNumber("memory.usage_in_bytes") is { } used)
            value += $", in use {used}, at most in use {directory.ReadOptionalNumber("memory.max_usage_in_bytes")}";
        if (write.File == "memory.limit_in_bytes" && errno == Errno.EINVAL && directory.ReadOptionalNumber("memory.memsw.limit_in_bytes") is { } both)
            value += $", memory and swap together are limited to {both}";
        directory.ThrowIfError(errno, write.File, value);
    }

    /// <summary>Files of the v2 tree by their own names. runtime-spec 1.3 config-linux "Unified".</summary>
    private void WriteUnified(Dictionary<string, string> values)
    {
        foreach ((string file, string value) in values)
        {
            if (file.Contains('/') || !file.Contains('.') || file[0] == '.')
                throw new KeelsonException(ErrorKind.InvalidArgument, $"unified '{file}': must be the name of a file, CONTROLLER.PARAMETER");
            string controller = file[..file.IndexOf('.', StringComparison.Ordinal)];
            if (unified is null || (Mode == CgroupMode.Hybrid && !HasUnified(controller)))
                throw new KeelsonException(ErrorKind.Unsupported, $"unified '{file}': the {controller} controller is not in a cgroup v2 tree here");
            foreach (Range line in value.AsSpan().Split('\n'))
            {
                string one = value[line];
                if (one.Length == 0 && value.Length > 0) continue;
                Errno errno = unified.TryWrite(file, one);
                if (errno is Errno.ENOENT or Errno.EPERM or Errno.EACCES && controller != "cgroup" && !HasUnified(controller))
                    throw new KeelsonException(ErrorKind.Unsupported, $"unified '{file}': the cgroup {unified.Path} has no {controller} controller");
                unified.ThrowIfError(errno, file, one);
            }
        }
    }
}
