using System.Text;
using Keelson.Cni.Plugin;

namespace Keelson.Cni.Tests.Messages;

/// <summary>Configurations of our plug-in.</summary>
public sealed class ConfigTests
{
    private static PluginConfig Read(string rest, Dictionary<string, string>? arguments = null) =>
        PluginConfig.Read(Encoding.UTF8.GetBytes($$"""{"cniVersion":"1.1.0","name":"n","type":"keelson"{{(rest.Length > 0 ? "," : "")}}{{rest}}}"""), arguments);

    [Fact]
    public void All_that_can_be_said_is_read()
    {
        PluginConfig config = Read("""
            "bridge":"cni9","mtu":1400,"isolated":true,"ipMasq":false,"internal":true,"isDefaultGateway":false,"ipv6":true,"table":"mine","stateDir":"/x",
            "options":{"com.docker.network.bridge.gateway_mode_ipv4":"routed"},"dns":{"nameservers":["1.2.3.4"],"search":["a"]},
            "ipam":{"type":"keelson","subnets":[{"subnet":"10.1.0.0/16","range":"10.1.4.0/24","gateway":"10.1.0.9","exclude":["10.1.4.7"]},{"subnet":"fd00::/64"}],"routes":[{"dst":"10.9.0.0/16","gw":"10.1.0.8"}]},
            "runtimeConfig":{"mac":"02:00:00:00:00:07","ips":["10.1.4.9/16","fd00::9"],"bandwidth":{"ingressRate":80000,"ingressBurst":1},
              "portMappings":[{"hostPort":80,"containerPort":8080,"protocol":"TCP"},{"hostPort":53,"containerPort":54,"protocol":"udp","hostIP":"127.0.0.1"},{"hostPort":0,"containerPort":1}]},
            "cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"}]
            """);
        Assert.Equal(("cni9", "1400", "false", "false", "routed"), (Option("bridge.name"), Option("driver.mtu"), Option("bridge.enable_icc"), Option("bridge.enable_ip_masquerade"), Option("bridge.gateway_mode_ipv4")));
        Assert.Equal((true, false, true, "mine", "/x"), (config.IsInternal, config.HasWayOut, config.HasIpv6, config.Table, config.StateDirectory));
        Assert.Equal(("10.1.0.0/16", "10.1.4.0/24", "10.1.0.9", "10.1.4.7", "fd00::/64"), (config.Addresses[0].Subnet.ToString(), config.Addresses[0].Range.ToString(), config.Addresses[0].Gateway!.ToString(), config.Addresses[0].Auxiliary.Values.Single().ToString(), config.Addresses[1].Subnet.ToString()));
        Assert.Equal(["10.1.4.9", "fd00::9"], config.WantedAddresses.Select(address => address.ToString()));
        Assert.Equal([(6, 80, 8080, ""), (17, 53, 54, "127.0.0.1")], config.Ports.Select(port => ((int)port.Protocol, port.FirstPort, port.ContainerPort, port.HostAddress?.ToString() ?? "")));
        Assert.Equal(("020000000007", "80000", ("a", "eth0")), (Convert.ToHexString(config.WantedHardwareAddress.Span), config.EndpointOptions["com.keelson.bandwidth.ingress"], config.ValidAttachments.Single()));

        string Option(string name) => config.Options["com.docker.network." + name];
    }

    [Fact]
    public void Addresses_are_asked_for_by_capability_by_convention_or_in_the_environment()
    {
        Dictionary<string, string> arguments = new() { ["IP"] = "10.0.0.7", ["MAC"] = "02:00:00:00:00:01" };
        Assert.Equal("10.0.0.7", Read("", arguments).WantedAddresses.Single().ToString());
        Assert.Equal("10.0.0.8", Read("""  "args":{"cni":{"ips":["10.0.0.8"]}}  """, arguments).WantedAddresses.Single().ToString());
        Assert.Equal("10.0.0.9", Read("""  "runtimeConfig":{"ips":["10.0.0.9"]},"args":{"cni":{"ips":["10.0.0.8"],"mac":"02:00:00:00:00:02"}}  """, arguments).WantedAddresses.Single().ToString());
        Assert.Equal("020000000001", Convert.ToHexString(Read("", arguments).WantedHardwareAddress.Span));
    }

    [Fact]
    public void Each_directory_has_a_table_of_its_own()
    {
        Assert.Equal("keelson-cni", Read("").Table);
        Assert.NotEqual(Read("""  "stateDir":"/a"  """).Table, Read("""  "stateDir":"/b"  """).Table);
    }

    [Theory]
    [InlineData("""  "driver":"overlay"  """, CniErrorCode.UnsupportedField)]
    [InlineData("""  "stateDir":"a"  """, CniErrorCode.InvalidConfiguration)]
    [InlineData("""  "stateDir":"/a/../b"  """, CniErrorCode.InvalidConfiguration)]
    [InlineData("""  "table":"a b"  """, CniErrorCode.InvalidConfiguration)]
    [InlineData("""  "mtu":"1400"  """, CniErrorCode.CannotDecode)]
    [InlineData("""  "mtu":99999999999  """, CniErrorCode.CannotDecode)]
    [InlineData("""  "internal":"yes"  """, CniErrorCode.CannotDecode)]
    [InlineData("""  "ipam":[]  """, CniErrorCode.CannotDecode)]
    [InlineData("""  "ipam":{"type":"../x"}  """, CniErrorCode.InvalidConfiguration)]
    [InlineData("""  "ipam":{"subnets":[{"subnet":"10.0.0.0/24"},{"subnet":"10.1.0.0/24"}]}  """, CniErrorCode.InvalidConfiguration)]
    [InlineData("""  "options":{"com.docker.network.bridge.host_firewall":"true"}  """, CniErrorCode.UnsupportedField)]
    [InlineData("""  "driver":"macvlan","master":"up0","runtimeConfig":{"portMappings":[{"hostPort":1,"containerPort":1}]}  """, CniErrorCode.UnsupportedField)]
    [InlineData("""  "runtimeConfig":{"mac":"01:00:00:00:00:00"}  """, CniErrorCode.InvalidConfiguration)]
    [InlineData("""  "runtimeConfig":{"ips":["10.0.0.1","10.0.0.2"]}  """, CniErrorCode.UnsupportedField)]
    [InlineData("""  "runtimeConfig":{"portMappings":[{"hostPort":70000,"containerPort":1}]}  """, CniErrorCode.CannotDecode)]
    [InlineData("""  "runtimeConfig":{"portMappings":[{"hostPort":7,"containerPort":1,"protocol":"icmp"}]}  """, CniErrorCode.InvalidConfiguration)]
    [InlineData("""  "prevResult":[]  """, CniErrorCode.CannotDecode)]
    public void What_cannot_be_is_refused(string rest, CniErrorCode code) => Assert.Equal(code, Assert.Throws<CniException>(() => Read(rest)).Code);
}
