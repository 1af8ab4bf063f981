using System.Net;
using CsCheck;
using Keelson.Network.Ipam;

namespace Keelson.Network.Tests.Ipam;

public sealed class AddressPoolTests
{
    [Theory]
    [InlineData("10.0.0.0/30", null, "10.0.0.1 10.0.0.2")]
    [InlineData("10.0.0.0/31", null, "10.0.0.0 10.0.0.1")]
    [InlineData("10.0.0.7/32", null, "10.0.0.7")]
    [InlineData("10.0.0.0/24", "10.0.0.4/30", "10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7")]
    [InlineData("10.0.0.0/24", "10.0.0.252/30", "10.0.0.252 10.0.0.253 10.0.0.254")]
    [InlineData("255.255.255.252/30", null, "255.255.255.253 255.255.255.254")]
    [InlineData("fd00::/126", null, "fd00::1 fd00::2 fd00::3")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", null, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void All_addresses_are_given_in_order_and_then_none(string network, string? range, string expected)
    {
        AddressPool pool = Pool(network, range);
        List<string> taken = [];
        for (int i = 0; i < expected.Split(' ').Length; i++) taken.Add(pool.Take().ToString());
        Assert.Equal(expected, string.Join(' ', taken));
        Assert.Contains("no address is free", Assert.Throws<KeelsonException>(() => pool.Take()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_came_back_is_given_last()
    {
        AddressPool pool = Pool("10.0.0.0/29", null);
        IPAddress first = pool.Take();
        pool.Take();
        pool.Release(first);
        Assert.Equal("10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.1", string.Join(' ', Enumerable.Range(0, 5).Select(_ => pool.Take())));
    }

    [Theory]
    [InlineData("10.0.1.1")]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.255")]
    [InlineData("fd00::1")]
    public void What_is_not_of_the_network_is_refused(string address) => Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => Pool("10.0.0.0/24", null).Take(IPAddress.Parse(address))).Kind);

    [Fact]
    public void A_certain_address_is_given_once()
    {
        AddressPool pool = Pool("10.0.0.0/24", "10.0.0.128/25");
        pool.Take(IPAddress.Parse("10.0.0.5"));
        Assert.Equal(ErrorKind.AlreadyExists, Assert.Throws<KeelsonException>(() => pool.Take(IPAddress.Parse("10.0.0.5"))).Kind);
        pool.Release(IPAddress.Parse("10.0.0.5"));
        pool.Take(IPAddress.Parse("10.0.0.5"));
        Assert.True(pool.IsTaken(IPAddress.Parse("10.0.0.5")));
        Assert.False(pool.IsTaken(IPAddress.Parse("10.0.0.6")));
    }

    [Theory]
    [InlineData("10.0.0.0/24", "10.0.1.0/25")]
    [InlineData("10.0.0.0/24", "10.0.0.0/23")]
    [InlineData("10.0.0.0/24", "10.0.0.0/32")]
    public void A_range_without_addresses_is_refused(string network, string range) => Assert.Throws<KeelsonException>(() => Pool(network, range));

    [Fact]
    public void Whatever_is_taken_and_given_back_nobody_has_what_another_has() =>
        Gen.Int[0, 40].Array[0, 200].Sample(steps =>
        {
            AddressPool pool = Pool("10.0.0.0/27", null);
            HashSet<string> held = [];
            foreach (int step in steps)
            {
                if (step < 20)
                {
                    if (held.Count == 30) continue;
                    if (!held.Add(pool.Take().ToString())) return false;
                }
                else
                {
                    string address = $"10.0.0.{step - 9}";
                    pool.Release(IPAddress.Parse(address));
                    held.Remove(address);
                }
            }
            return pool.Count == held.Count && held.All(address => pool.IsTaken(IPAddress.Parse(address)));
        }, iter: 500);

    [Fact]
    public void Networks_are_chosen_that_nobody_uses()
    {
        PoolDirectory pools = new([.. PoolDirectory.Standard, PoolDirectory.LocalOf([1, 2, 3, 4, 5])]);
        List<IPNetwork> used = [IPNetwork.Parse("172.18.4.0/24"), IPNetwork.Parse("172.20.0.0/14")];
        List<string> chosen = [];
        for (int i = 0; i < 14; i++)
        {
            IPNetwork network = pools.Choose(isIpv6: false, candidate => used.Exists(other => other.Overlaps(candidate)));
            used.Add(network);
            chosen.Add(network.ToString());
        }
        Assert.Equal("172.17.0.0/16 172.19.0.0/16 172.24.0.0/16 172.25.0.0/16 172.26.0.0/16 172.27.0.0/16 172.28.0.0/16 172.29.0.0/16 172.30.0.0/16 172.31.0.0/16 192.168.0.0/20 192.168.16.0/20 192.168.32.0/20 192.168.48.0/20", string.Join(' ', chosen));
        Assert.Equal("fd01:203:405::/64", pools.Choose(isIpv6: true, _ => false).ToString());
        Assert.Equal("fd01:203:405:1::/64", pools.Choose(isIpv6: true, candidate => candidate.ToString() == "fd01:203:405::/64").ToString());
        Assert.Contains("fully subnetted", Assert.Throws<KeelsonException>(() => pools.Choose(isIpv6: false, _ => true)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "10.0.0.0/24", null, null, "no subnet")]
    [InlineData("10.0.0.0/24", "10.0.1.0/25", null, null, "the range 10.0.1.0/25 is not in the subnet")]
    [InlineData("10.0.0.0/24", null, "10.0.1.1", null, "the gateway 10.0.1.1 is not in the subnet")]
    [InlineData("10.0.0.0/24", null, null, "10.0.1.1", "the auxiliary address a=10.0.1.1 is not in the subnet")]
    [InlineData("10.0.0.0/24", null, "fd00::1", null, "the gateway fd00::1 is not in the subnet")]
    public void A_wish_that_contradicts_itself_is_refused(string? subnet, string? range, string? gateway, string? auxiliary, string message)
    {
        IpamConfig config = new()
        {
            Subnet = subnet is null ? null : IPNetwork.Parse(subnet), Range = range is null ? null : IPNetwork.Parse(range), Gateway = gateway is null ? null : IPAddress.Parse(gateway),
            Auxiliary = auxiliary is null ? new Dictionary<string, IPAddress>() : new Dictionary<string, IPAddress> { ["a"] = IPAddress.Parse(auxiliary) },
        };
        Assert.Contains(message, Assert.Throws<KeelsonException>(config.Check).Message, StringComparison.Ordinal);
    }

    private static AddressPool Pool(string network, string? range) => new(IPNetwork.Parse(network), range is null ? null : IPNetwork.Parse(range));
}
