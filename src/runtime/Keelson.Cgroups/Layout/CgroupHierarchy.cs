namespace Keelson.Cgroups;

/// <summary>One mounted hierarchy of control groups.</summary>
/// <param name="Controllers">
/// The v1 controllers as <c>/proc/self/cgroup</c> lists them: <c>memory</c>, <c>cpu,cpuacct</c>, <c>name=systemd</c>. Empty for the cgroup v2 tree.
/// </param>
/// <param name="MountPoint">Absolute, without a slash at the end.</param>
/// <param name="OwnPath">The caller's own cgroup from the root of the caller's cgroup namespace; <see langword="null"/> when it was not looked up.</param>
/// <param name="Root">The directory of the hierarchy that is mounted; <c>/</c> unless a part of it is bound here.</param>
public sealed record CgroupHierarchy(string Controllers, string MountPoint, string? OwnPath = null, string Root = "/")
{
    /// <summary>Whether it is the cgroup v2 tree.</summary>
    public bool IsUnified => Controllers.Length == 0;
}
