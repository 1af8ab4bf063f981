using System.Net;
using Keelson.Network.Ports;
using Keelson.Network.Records;

namespace Keelson.Network.Tests;

/// <summary>Networks of IPv6 that nobody has given addresses, and those without IPv4.</summary>
public sealed class Ipv6Tests
{
    [RootFact]
    public async Task A_network_of_IPv6_without_a_subnet_gets_one_of_the_hosts_own()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        NetworkRecord first = await engine.Controller.CreateAsync(EngineUnderTest.Wish("a") with { HasIpv6 = true }), second = await engine.Controller.CreateAsync(EngineUnderTest.Wish("b") with { HasIpv6 = true });
        IPNetwork one = first.Addresses(isIpv6: true)!.Subnet!.Value, two = second.Addresses(isIpv6: true)!.Subnet!.Value;
        Assert.Equal((64, 64, 0xfd), (one.PrefixLength, two.PrefixLength, one.BaseAddress.GetAddressBytes()[0]));
        Assert.Equal(Global(one), Global(two));
        Assert.NotEqual(one, two);
        Place web = await engine.OpenAsync("web", "a"), other = await engine.OpenAsync("other", "a");
        Assert.Equal(0, web.Run("ping", "-6", "-c1", "-W5", other.Ipv6!.ToString()).ExitCode);
        Assert.Equal(0, web.Run("ping", "-6", "-c1", "-W5", first.Addresses(isIpv6: true)!.Gateway!.ToString()).ExitCode);
        // A host without an identity has made one, and keeps it.
        await engine.RestartAsync();
        await engine.Controller.RemoveAsync("b");
        Assert.Equal(Global(one), Global((await engine.Controller.CreateAsync(EngineUnderTest.Wish("c") with { HasIpv6 = true })).Addresses(isIpv6: true)!.Subnet!.Value));
        Assert.Empty(engine.Troubles);
    }

    [RootFact]
    public async Task The_hosts_own_addresses_follow_from_the_machines_identity_and_do_not_tell_it()
    {
        const string Identity = "00112233445566778899aabbccddeeff";
        List<string> chosen = [];
        foreach (string identity in (string[])[Identity, Identity, "10112233445566778899aabbccddeeff", "uninitialized"])
        {
            await using EngineUnderTest engine = await EngineUnderTest.StartAsync(options =>
            {
                File.WriteAllText(options.MachineIdFile, identity + "\n");
                return options;
            });
            chosen.Add(Global((await engine.Controller.CreateAsync(EngineUnderTest.Wish("a") with { HasIpv6 = true })).Addresses(isIpv6: true)!.Subnet!.Value));
            Assert.Equal(identity == "uninitialized", File.Exists(engine.Folder + "/state/host-identity"));
        }
        Assert.Equal(chosen[0], chosen[1]);
        Assert.Equal(3, chosen.Distinct().Count());
        Assert.DoesNotContain("0011", chosen[0], StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_network_may_have_IPv6_alone()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        Place peer = engine.AddPeer();
        NetworkRecord network = await engine.Controller.CreateAsync(EngineUnderTest.Wish("six") with { HasIpv4 = false, HasIpv6 = true });
        Assert.Single(network.Ipam);
        Place web = await engine.OpenWithAsync("web", [new("six")], new PortWish(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }), other = await engine.OpenAsync("other", "six");
        Assert.Null(web.Ipv4);
        Assert.DoesNotContain("inet ", web.Ip("address show eth0"), StringComparison.Ordinal);
        Assert.DoesNotContain("inet ", engine.Host.Ip($"address show br-{network.Id[..12]}"), StringComparison.Ordinal);
        Assert.Equal(0, other.Run("ping", "-6", "-c1", "-W5", web.Ipv6!.ToString()).ExitCode);
        Assert.Equal(0, web.Run("ping", "-6", "-c1", "-W5", "2001:db8::2").ExitCode);
        web.ServeTcp(80);
        Assert.Equal(["::"], engine.Controller.FindSandbox("web")!.Ports.Select(port => port.HostAddress));
        Assert.Equal("2001:db8::2", await peer.AskAsync("2001:db8::1", 8080));
        Assert.NotNull(await engine.Host.AskAsync("::1", 8080));
        Assert.True(await peer.IsRefusedAsync(web.Ipv6!.ToString(), 80));
        Assert.Equal(web.Ipv6!.ToString(), other.Run("dig", "@127.0.0.11", "+short", "AAAA", "web").Stdout.Trim());
        // It comes back as it was.
        await engine.RestartAsync();
        Assert.NotNull(await peer.AskAsync("2001:db8::1", 8080));
        Assert.Empty(engine.Troubles);
    }

    /// <summary>The first 48 bits.</summary>
    private static string Global(IPNetwork network) => Convert.ToHexString(network.BaseAddress.GetAddressBytes().AsSpan(0, 6));
}
