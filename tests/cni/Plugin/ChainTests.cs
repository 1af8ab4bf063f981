using System.Text;
using Keelson.Cni.Client;
using Keelson.Network.Tests;

namespace Keelson.Cni.Tests.Plugin;

/// <summary>Our plug-in first in a chain, and Debian's behind it: our result is theirs to go on with.</summary>
public sealed class ChainTests : IDisposable
{
    private readonly Lab? lab = Needs.Missing(Need.Root) is null ? new() : null;

    public void Dispose() => lab?.Dispose();

    [RootTheory]
    [InlineData("0.3.1")]
    [InlineData("0.4.0")]
    [InlineData("1.0.0")]
    public async Task Portmap_bandwidth_and_tuning_work_on_our_result(string version)
    {
        Place one = lab!.Make("c1");
        CniNetwork network = CniNetwork.Read(Encoding.UTF8.GetBytes($$"""
            {"cniVersion":"{{version}}","name":"chain","plugins":[
              {"type":"keelson","stateDir":"{{lab.State}}","ipam":{"subnet":"10.50.0.0/24"} },
              {"type":"portmap","capabilities":{"portMappings":true},"snat":true},
              {"type":"bandwidth","capabilities":{"bandwidth":true} },
              {"type":"tuning","sysctl":{"net.ipv4.conf.eth0.log_martians":"1"},"mtu":1300}]}
            """));
        CniClient client = new(lab.Directories, lab.HostPlace, TimeSpan.FromSeconds(30));
        CniAttachment end = new()
        {
            ContainerId = "c1", Namespace = lab.PathOf("c1"), Device = "eth0",
            Capabilities = new Dictionary<string, string> { ["portMappings"] = """[{"hostPort":8090,"containerPort":80,"protocol":"tcp"}]""", ["bandwidth"] = """{"ingressRate":8000000,"ingressBurst":8000000,"egressRate":8000000,"egressBurst":8000000}""" },
        };
        ReadOnlyMemory<byte> result = await client.AddAsync(network, end, TestContext.Current.CancellationToken);
        Assert.Equal("10.50.0.2", CniResultText.Read(result).Addresses[0].Address.ToString());
        one.ServeTcp(80);
        Assert.NotNull(await lab.Host.AskAsync("10.50.0.1", 8090));
        Assert.Contains("mtu 1300", one.Ip("-o link show eth0"), StringComparison.Ordinal);
        Assert.Contains("tbf", lab.Host.Run("tc", "qdisc").Stdout, StringComparison.Ordinal);
        Assert.Equal("1", one.Run("cat", "/proc/sys/net/ipv4/conf/eth0/log_martians").Text);
        // portmap 1.1 looks for rules of IPv6 also where no address is of IPv6.
        await client.CheckAsync(network with { Plugins = [.. network.Plugins.Where(plugin => plugin.Type != "portmap")] }, end, result, TestContext.Current.CancellationToken);
        await client.DeleteAsync(network, end, result, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("eth0", one.Ip("-br link"), StringComparison.Ordinal);
        Assert.Null(await lab.Host.AskAsync("10.50.0.1", 8090));
        Assert.DoesNotContain("kv", lab.Left(), StringComparison.Ordinal);
        Assert.EndsWith("|", lab.Left(), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Ours_goes_on_with_the_result_of_another()
    {
        lab!.Make("c1");
        CniNetwork network = CniNetwork.Read(Encoding.UTF8.GetBytes($$"""
            {"cniVersion":"1.0.0","name":"chain","plugins":[{"type":"loopback"},{"type":"keelson","stateDir":"{{lab.State}}","ipam":{"subnet":"10.50.0.0/24"} }]}
            """));
        CniClient client = new(lab.Directories, lab.HostPlace, TimeSpan.FromSeconds(30));
        CniAttachment end = new() { ContainerId = "c1", Namespace = lab.PathOf("c1"), Device = "eth0" };
        CniResult result = CniResultText.Read(await client.AddAsync(network, end, TestContext.Current.CancellationToken));
        Assert.Equal("lo", result.Interfaces[0].Name);
        Assert.Equal("eth0", result.Interfaces[result.Addresses.Single(address => address.Address.ToString() == "10.50.0.2").Interface!.Value].Name);
        await client.DeleteAsync(network, end, default, TestContext.Current.CancellationToken);
        Assert.Equal("||", lab.Left());
    }
}
