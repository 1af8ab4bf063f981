using Keelson.Cgroups;
using Keelson.Linux.Proc;

namespace Keelson.Fuzz.Targets;

/// <summary><c>/proc/PID/mountinfo</c>, and the cgroup layout that is read from it.</summary>
internal sealed class MountInfoTarget : IFuzzTarget
{
    private static readonly (string, string)[] Own = [("cpu,cpuacct", "/a"), ("memory", "/a/b"), ("name=systemd", "/"), ("", "/user")];

    public string Name => "mountinfo";

    public void Run(ReadOnlySpan<byte> input)
    {
        MountInfo mounts = new(input);
        int lines = 0;
        while (mounts.TryNext(out MountInfoLine line))
        {
            lines++;
            if (line.MountPoint.IsEmpty || line.Root.IsEmpty || line.FileSystem.IsEmpty) throw new InvalidOperationException("a field that must be there is empty");
            if (MountInfo.Unescape(line.MountPoint).Length > line.MountPoint.Length) throw new InvalidOperationException("unescaping made it longer");
        }
        if (lines + mounts.Malformed > input.Count((byte)'\n') + 1) throw new InvalidOperationException("more lines than newlines");
        CgroupLayout layout = CgroupLayout.FromMountInfo(input, Own);
        if (layout.Hierarchies.Count > Own.Length) throw new InvalidOperationException("more hierarchies than the process is in");
        foreach (CgroupHierarchy hierarchy in layout.Hierarchies) _ = CgroupLayout.Directory(hierarchy, CgroupPath.For(null, "box"));
    }
}
