using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>Device rules of the cgroup v1 <c>devices</c> controller. Kernel documentation admin-guide/cgroup-v1/devices.</summary>
internal static class V1Devices
{
    /// <summary>Writes the policy into a group that nobody has joined.</summary>
    /// <exception cref="LinuxException">EPERM: the group above does not allow a device, or the caller is not root of the initial user namespace.</exception>
    public static void Initialize(CgroupDirectory directory, DevicePolicy policy)
    {
        // A new group has a copy of its parent's rules; "a" sets the default and drops every exception.
        Write(directory, policy.AllowsByDefault ? "devices.allow" : "devices.deny", "a");
        WriteAll(directory, policy.AllowsByDefault ? "devices.deny" : "devices.allow", policy.Exceptions);
    }

    /// <summary>Changes the rules of a group with processes in it, so that at no moment more is allowed, or less, than before and after.</summary>
    /// <param name="directory">The group.</param>
    /// <param name="policy">The new policy.</param>
    /// <param name="stop">Stops the processes while the default changes, which the kernel can only do by dropping all exceptions; undone by disposing.</param>
    public static void Change(CgroupDirectory directory, DevicePolicy policy, Func<IDisposable> stop)
    {
        DevicePolicy present = DevicePolicy.ParseList(directory.Read("devices.list").Span);
        if (present.AllowsByDefault || policy.AllowsByDefault)
        {
            // An allowing group does not list what it denies, so it is written anew.
            if (present.AllowsByDefault && policy.AllowsByDefault && policy.Exceptions.Count == 0 && directory.TryWrite("devices.allow", "a") == Errno.None) return;
            using (stop()) Initialize(directory, policy);
            return;
        }
        List<DeviceException> added = [], removed = [];
        Subtract(policy.Exceptions, present.Exceptions, added);
        Subtract(present.Exceptions, policy.Exceptions, removed);
        WriteAll(directory, "devices.allow", added);
        WriteAll(directory, "devices.deny", removed);
    }

    /// <summary>What of each exception another list does not have for exactly the same devices.</summary>
    private static void Subtract(IReadOnlyList<DeviceException> from, IReadOnlyList<DeviceException> what, List<DeviceException> rest)
    {
        foreach (DeviceException exception in from)
        {
            DeviceAccess access = exception.Access;
            foreach (DeviceException other in what)
                if (other.SameDevices(exception))
                    access &= ~other.Access;
            if (access != 0) rest.Add(exception with { Access = access });
        }
    }

    private static void Write(CgroupDirectory directory, string file, string rule) => directory.Write(file, rule);

    private static void WriteAll(CgroupDirectory directory, string file, IReadOnlyList<DeviceException> rules)
    {
        if (rules.Count == 0) return;
        // The kernel takes one rule with each write; the file stays open between them.
        using FdHandle open = directory.Open(file, OpenFlags.O_WRONLY);
        Span<byte> bytes = stackalloc byte[64];
        foreach (DeviceException rule in rules)
        {
            string text = rule.ToString();
            int length = Encoding.ASCII.GetBytes(text, bytes);
            directory.ThrowIfError(Files.TryWrite(open.Fd, bytes[..length]), file, text);
        }
    }
}
