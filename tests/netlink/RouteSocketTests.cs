using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Netlink.Tests;

/// <summary>Devices and addresses of real namespaces; iproute2 says what is true.</summary>
public sealed class RouteSocketTests : IDisposable
{
    private readonly NetworkNamespace here, there;
    private readonly RouteSocket socket;

    public RouteSocketTests()
    {
        if (Needs.Missing(Need.Root) is { } reason) Assert.Skip(reason);
        (here, there) = (new NetworkNamespace(), new NetworkNamespace());
        here.Ip("link", "add", "kt0", "type", "veth", "peer", "name", "kt1");
        socket = RouteSocket.Open(here.File);
    }

    public void Dispose()
    {
        socket?.Dispose();
        here?.Dispose();
        there?.Dispose();
    }

    [RootFact]
    public void Opening_a_socket_elsewhere_leaves_the_thread_where_it_was()
    {
        string before = File.ResolveLinkTarget("/proc/thread-self/ns/net", returnFinalTarget: false)!.Name;
        using RouteSocket other = RouteSocket.Open(there.File);
        Assert.Equal(before, File.ResolveLinkTarget("/proc/thread-self/ns/net", returnFinalTarget: false)!.Name);
        Assert.Equal(["lo"], other.ListLinks().Select(link => link.Name));
    }

    [RootFact]
    public void A_file_that_is_no_network_namespace_is_refused()
    {
        using FdHandle file = Files.Open("/proc/self/ns/uts", OpenFlags.O_RDONLY);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => RouteSocket.Open(file)).Errno);
    }

    [RootFact]
    public void Devices_are_as_ip_says()
    {
        here.Ip("link", "set", "kt0", "mtu", "1400", "address", "02:00:00:00:00:07", "up");
        LinkMessage link = socket.FindLink("kt0")!;
        Assert.Equal((int)here.Device("kt0")!["ifindex"]!, link.Index);
        Assert.Equal((1400u, "020000000007", true), (link.Mtu, Convert.ToHexString(link.HardwareAddress.Span), link.IsUp));
        Assert.Equal(here.Devices.Order(), socket.ListLinks().Select(l => l.Name).Order());
        Assert.Equal("kt0", socket.FindLink(link.Index)!.Name);
    }

    [RootFact]
    public void A_device_that_is_not_there_is_not_found()
    {
        Assert.Null(socket.FindLink("absent"));
        Assert.Null(socket.FindLink(4711));
    }

    [RootFact]
    public void A_device_is_found_by_another_name_that_it_has()
    {
        here.Ip("link", "property", "add", "dev", "kt0", "altname", "a-name-of-many-letters");
        Assert.Equal("kt0", socket.FindLink("a-name-of-many-letters")!.Name);
    }

    [RootFact]
    public void A_device_is_moved_and_renamed_at_once()
    {
        socket.MoveLink(socket.FindLink("kt0")!, there.File, "far0");
        Assert.Equal(["lo", "kt1"], here.Devices);
        Assert.Equal(["lo", "far0"], there.Devices);
    }

    [RootFact]
    public void A_device_is_moved_where_its_present_name_is_taken()
    {
        there.Ip("link", "add", "kt0", "type", "bridge");
        socket.MoveLink(socket.FindLink("kt0")!, there.File, "far0");
        Assert.Equal(["far0", "kt0", "lo"], there.Devices.Order());
    }

    [RootFact]
    public void A_move_of_the_loopback_device_is_refused() =>
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => socket.MoveLink(socket.FindLink("lo")!, there.File, "lo0")).Errno);

    [RootFact]
    public void The_lowest_free_number_is_put_into_a_name()
    {
        here.Ip("link", "set", "kt1", "name", "net0");
        LinkMessage link = socket.FindLink("kt0")!;
        socket.RenameLink(link, "net%d");
        Assert.Equal("net1", socket.FindLink(link.Index)!.Name);
        Assert.NotNull(here.Device("net1"));
    }

    [RootFact]
    public void A_name_that_is_taken_is_refused()
    {
        LinuxException error = Assert.Throws<LinuxException>(() => socket.RenameLink(socket.FindLink("kt0")!, "kt1"));
        Assert.Equal((Errno.EEXIST, ErrorKind.AlreadyExists), (error.Errno, error.Kind));
        Assert.StartsWith("rename network device kt0 to kt1: EEXIST (file exists)", error.Message, StringComparison.Ordinal);
    }

    [RootFact]
    public void A_device_is_set_up_and_down()
    {
        socket.SetUp(socket.FindLink("kt0")!);
        Assert.True(socket.FindLink("kt0")!.IsUp);
        Assert.Contains("UP", here.Device("kt0")!["flags"]!.AsArray().Select(f => (string)f!));
        socket.SetDown(socket.FindLink("kt0")!);
        Assert.False(socket.FindLink("kt0")!.IsUp);
    }

    [RootFact]
    public void The_error_has_the_kernels_words()
    {
        using NetlinkSocket raw = NetlinkSocket.Open(NetlinkSocket.NETLINK_ROUTE, here.File);
        LinuxException? error = null;
        try
        {
            MessageWriter request = new(new byte[64], LinkMessage.RTM_NEWLINK);
            request.Append(new LinkHeader { Index = socket.FindLink("kt0")!.Index });
            request.Attribute(LinkMessage.IFLA_MTU, 1u);
            raw.Request(ref request, "set MTU of", "kt0");
        }
        catch (LinuxException e)
        {
            error = e;
        }
        Assert.Equal("set MTU of kt0: EINVAL (invalid argument): mtu less than device minimum", error?.Message);
    }

    [RootFact]
    public void Addresses_that_are_copied_are_the_same_to_ip()
    {
        here.Batch(
        [
            "address add 192.0.2.1/24 broadcast 192.0.2.255 label kt0:one dev kt0",
            "address add 192.0.2.2/24 metric 77 noprefixroute dev kt0",
            "address add 198.51.100.1 peer 198.51.100.2/32 scope link dev kt0",
            "address add 203.0.113.1/25 valid_lft 100000 preferred_lft 50000 dev kt0",
            "address add 2001:db8::1/64 nodad home dev kt0",
            "address add 2001:db8::2 peer 2001:db8::3/128 nodad dev kt0",
            "address add fe80::7/64 nodad dev kt0",
        ]);
        List<AddressMessage> addresses = socket.ListAddresses(socket.FindLink("kt0")!);
        string[] before = here.Addresses("kt0");
        socket.MoveLink(socket.FindLink("kt0")!, there.File, "kt0");
        using RouteSocket other = RouteSocket.Open(there.File);
        int index = other.FindLink("kt0")!.Index;
        foreach (AddressMessage address in addresses) other.AddAddress(address with { LinkIndex = index });
        Assert.Equal(7, before.Length);
        Assert.Equal(before, there.Addresses("kt0"));
    }

    [RootFact]
    public void Addresses_of_other_devices_are_not_listed()
    {
        here.Batch(["address add 192.0.2.1/24 dev kt0", "address add 192.0.2.9/24 dev kt1"]);
        Assert.Equal(["192.0.2.1/24"], socket.ListAddresses(socket.FindLink("kt0")!).Select(a => a.ToString()));
    }

    [RootFact]
    public void A_list_may_be_longer_than_a_datagram()
    {
        here.Batch(Enumerable.Range(0, 2000).Select(i => $"address add 10.0.{i / 200}.{i % 200 + 1}/32 dev kt0"));
        Assert.Equal(2000, socket.ListAddresses(socket.FindLink("kt0")!).Count);
    }

    [RootFact]
    public void An_address_that_is_there_is_not_added_again()
    {
        here.Ip("address", "add", "2001:db8::1/64", "dev", "kt0");
        AddressMessage address = socket.ListAddresses(socket.FindLink("kt0")!).Single(a => a.Scope == AddressScope.RT_SCOPE_UNIVERSE);
        Assert.Equal(Errno.EEXIST, socket.TryAddAddress(address, out _));
    }
}
