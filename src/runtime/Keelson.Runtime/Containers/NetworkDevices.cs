using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Netlink;
using Keelson.Oci;

namespace Keelson.Runtime.Containers;

/// <summary>Gives devices of the runtime's network namespace to a container, and takes them back when its creation fails.</summary>
/// <remarks>
/// runtime-spec 1.3 config-linux "Network Devices". A device keeps what the kernel keeps, such as its MTU and hardware address, and its permanent
/// addresses of global scope; routes are lost.
/// <code>
///   runtime's namespace     container's namespace
///   eth1  ── move ────────► 4d2-7  ── rename ──► net%d ─► net0 ── addresses ── up
/// </code>
/// The name on the way cannot clash, so a failed move leaves the device where it was, and after the move it is known where it is. What becomes of the
/// devices when the container ends is the kernel's affair: physical ones come back to the machine's first namespace, virtual ones vanish. The same happens
/// when the runtime is killed while it creates the container.
/// </remarks>
internal sealed class NetworkDevices : IDisposable
{
    private readonly FdHandle ownNamespace, containerNamespace;
    private readonly RouteSocket own, container;
    private readonly List<Moved> moved = [];

    /// <param name="Before">The device in the runtime's namespace.</param>
    /// <param name="Addresses">Its permanent addresses there.</param>
    /// <param name="Passage">Its name on the way.</param>
    /// <param name="Index">Its number in the container's namespace; 0 until it is known.</param>
    private sealed record Moved(LinkMessage Before, List<AddressMessage> Addresses, string Passage, int Index);

    private NetworkDevices(FdHandle ownNamespace, FdHandle containerNamespace)
    {
        (this.ownNamespace, this.containerNamespace) = (ownNamespace, containerNamespace);
        own = RouteSocket.Open();
        try
        {
            container = RouteSocket.Open(containerNamespace);
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    /// <summary>Opens both namespaces. The container's stays alive until this is disposed, whatever becomes of its processes.</summary>
    /// <param name="pid">The container's first process, in its network namespace.</param>
    /// <exception cref="KeelsonException">InvalidArgument: that is the runtime's own namespace. PermissionDenied: the runtime may not enter it.</exception>
    public static NetworkDevices Open(int pid)
    {
        FdHandle ownNamespace = Files.Open("/proc/thread-self/ns/net", OpenFlags.O_RDONLY);
        FdHandle? containerNamespace = null;
        try
        {
            containerNamespace = Files.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net"), OpenFlags.O_RDONLY);
            if (IsSame(ownNamespace, containerNamespace))
                throw new KeelsonException(ErrorKind.InvalidArgument, "linux.netDevices: the container's network namespace is the runtime's own");
            return new NetworkDevices(ownNamespace, containerNamespace);
        }
        catch
        {
            containerNamespace?.Dispose();
            ownNamespace.Dispose();
            throw;
        }
    }

    /// <summary>Closes the namespaces.</summary>
    public void Dispose()
    {
        container.Dispose();
        own.Dispose();
        containerNamespace.Dispose();
        ownNamespace.Dispose();
    }

    /// <summary>Moves devices into the container's namespace. Nothing is moved unless all of them are there.</summary>
    /// <param name="devices">What is wanted of each, by the name that the device has now.</param>
    /// <exception cref="KeelsonException">NotFound: there is no such device. AlreadyExists: its new name is taken. The kernel refused.</exception>
    public void Move(Dictionary<string, NetDeviceSpec> devices)
    {
        List<(LinkMessage Link, string? Name)> found = [];
        foreach ((string name, NetDeviceSpec device) in devices)
        {
            if (own.FindLink(name) is not { } link) throw new KeelsonException(ErrorKind.NotFound, $"linux.netDevices: network device {name} does not exist");
            found.Add((link, device.Name));
        }
        foreach ((LinkMessage link, string? name) in found) Move(link, string.IsNullOrEmpty(name) ? link.Name : name);
    }

    /// <summary>Brings the devices back under their old names, with all permanent addresses, up if they were; as many as can be brought.</summary>
    /// <param name="warn">Takes what went wrong.</param>
    public void TakeBack(Action<string> warn)
    {
        for (int i = moved.Count - 1; i >= 0; i--)
        {
            try
            {
                TakeBack(moved[i], warn);
            }
            catch (KeelsonException e)
            {
                warn($"bring back network device {moved[i].Before.Name}: {e.FullMessage}");
            }
        }
        moved.Clear();
    }

    private void Move(LinkMessage link, string name)
    {
        List<AddressMessage> addresses = own.ListAddresses(link).FindAll(address => (address.Flags & AddressFlags.IFA_F_PERMANENT) != 0);
        // At most 6 and 8 digits.
        string passage = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId:x}-{link.Index:x}");
        own.MoveLink(link, containerNamespace, passage);
        moved.Add(new Moved(link, addresses, passage, Index: 0));
        LinkMessage there = Find(passage);
        moved[^1] = moved[^1] with { Index = there.Index };
        // The errors speak of the name that the caller knows.
        container.RenameLink(there with { Name = link.Name }, name);
        there = container.FindLink(there.Index) ?? throw Lost(name);
        foreach (AddressMessage address in addresses)
            if (address.Scope == AddressScope.RT_SCOPE_UNIVERSE)
                container.AddAddress(address with { LinkIndex = there.Index, Label = Label(address.Label, there.Name) });
        container.SetUp(there);
    }

    private void TakeBack(Moved device, Action<string> warn)
    {
        LinkMessage there = device.Index == 0 ? Find(device.Passage) : container.FindLink(device.Index) ?? throw Lost(device.Before.Name);
        container.MoveLink(there, ownNamespace, device.Before.Name);
        LinkMessage here = own.FindLink(device.Before.Name) ?? throw Lost(device.Before.Name);
        foreach (AddressMessage address in device.Addresses)
        {
            Errno errno = own.TryAddAddress(address with { LinkIndex = here.Index }, out _);
            if (errno is not (Errno.None or Errno.EEXIST)) warn($"bring back network device {here.Name}: add address {address}: {errno.Describe()}");
        }
        if (device.Before.IsUp) own.SetUp(here);
    }

    private LinkMessage Find(string name) => container.FindLink(name) ?? throw Lost(name);

    private static KeelsonException Lost(string name) => new(ErrorKind.NotFound, $"linux.netDevices: network device {name} vanished while it was moved");

    /// <summary>An address' label after its device is renamed: what follows the colon stays. <see langword="null"/>, the device's name, when it gets too long.</summary>
    internal static string? Label(string? label, string name)
    {
        int colon = label?.IndexOf(':') ?? -1;
        if (colon < 0) return null;
        string renamed = string.Concat(name, label.AsSpan(colon));
        return Encoding.UTF8.GetByteCount(renamed) <= LinkMessage.MaximumNameBytes ? renamed : null;
    }

    private static bool IsSame(FdHandle one, FdHandle other)
    {
        Files.TryStatus(one.Fd, out FileStatus first).ThrowIfError("stat", "network namespace");
        Files.TryStatus(other.Fd, out FileStatus second).ThrowIfError("stat", "network namespace");
        return first.Device == second.Device && first.Inode == second.Inode;
    }
}
