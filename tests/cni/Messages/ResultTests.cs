using System.Net;
using System.Text;

namespace Keelson.Cni.Tests.Messages;

/// <summary>Results as text.</summary>
public sealed class ResultTests
{
    private static readonly CniResult Example = new()
    {
        Interfaces = [new("br0") { HardwareAddress = "00:11:22:33:44:55" }, new("eth0") { HardwareAddress = "02:42:0a:01:00:05", Sandbox = "/run/netns/blue", Mtu = 1400 }],
        Addresses = [new(IPAddress.Parse("10.1.0.5"), 16) { Gateway = IPAddress.Parse("10.1.0.1"), Interface = 1 }, new(IPAddress.Parse("fd00::5"), 64) { Interface = 1 }],
        Routes = [new(IPNetwork.Parse("0.0.0.0/0")), new(IPNetwork.Parse("fd01::/16")) { Gateway = IPAddress.Parse("fd00::1") }],
        Dns = new() { NameServers = ["10.1.0.1"], Domain = "example", Search = ["a", "b"], Options = ["ndots:2"] },
    };

    [Theory]
    [InlineData("0.3.1", true, false)]
    [InlineData("0.4.0", true, false)]
    [InlineData("1.0.0", false, false)]
    [InlineData("1.1.0", false, true)]
    public void A_result_has_the_shape_of_its_version_and_is_read_again(string version, bool saysFamily, bool saysMtu)
    {
        byte[] text = CniResultText.Write(Example, version);
        string json = Encoding.UTF8.GetString(text);
        Assert.StartsWith($$"""{"cniVersion":"{{version}}",""", json, StringComparison.Ordinal);
        Assert.Equal(saysFamily, json.Contains("""{"version":"6","address":"fd00::5/64","interface":1}""", StringComparison.Ordinal));
        Assert.Equal(saysMtu, json.Contains("\"mtu\":1400", StringComparison.Ordinal));
        CniResult again = CniResultText.Read(text);
        Assert.Equal(text, CniResultText.Write(again, version));
        Assert.Equal((Example.Addresses[0], Example.Routes[1], "eth0"), (again.Addresses[0], again.Routes[1], again.Interfaces[1].Name));
    }

    [Fact, Spec("CNI 1.1", "Add Success")]
    public void The_specification_s_own_results_are_read()
    {
        CniResult result = CniResultText.Read("""
            {"ips":[{"address":"10.1.0.5/16","gateway":"10.1.0.1","interface":2}],"routes":[{"dst":"0.0.0.0/0"}],
             "interfaces":[{"name":"cni0","mac":"00:11:22:33:44:55"},{"name":"veth3243","mac":"55:44:33:22:11:11"},{"name":"eth0","mac":"99:88:77:66:55:44","sandbox":"/var/run/netns/blue"}],
             "dns":{"nameservers":["10.1.0.1"]}}
            """u8.ToArray());
        Assert.Equal((16, 2, "/var/run/netns/blue", "10.1.0.1"), (result.Addresses[0].PrefixLength, result.Addresses[0].Interface, result.Interfaces[2].Sandbox, result.Dns.NameServers[0]));
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("[]", "no object")]
    [InlineData("""{"ips":{}}""", "no array")]
    [InlineData("""{"ips":[1]}""", "something else than objects")]
    [InlineData("""{"ips":[{"address":"10.0.0.1"}]}""", "length of a prefix")]
    [InlineData("""{"ips":[{"address":"10.0.0.1/33"}]}""", "length of a prefix")]
    [InlineData("""{"ips":[{"address":"10.0.0.1/24","gateway":"fd00::1"}]}""", "not of the family")]
    [InlineData("""{"ips":[{"address":"10.0.0.1/24","interface":1}],"interfaces":[{"name":"a"}]}""", "and there are 1")]
    [InlineData("""{"ips":[{"address":"10.0.0.1/24","interface":-1}]}""", "no whole number")]
    [InlineData("""{"interfaces":[{"name":5}]}""", "no text")]
    [InlineData("""{"interfaces":[{"name":"\ud800"}]}""", "no text")]
    [InlineData("""{"dns":[]}""", "no object")]
    [InlineData("""{"ips":[],"ips":[]}""", "no JSON")]
    [InlineData("""{"routes":[{"dst":"x"}]}""", "length of a prefix")]
    public void What_is_no_result_is_refused(string text, string why)
    {
        CniException e = Assert.Throws<CniException>(() => CniResultText.Read(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(CniErrorCode.CannotDecode, e.Code);
        Assert.Contains(why, e.FullMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_too_long_too_deep_or_too_much_is_refused()
    {
        string nested = string.Concat(Enumerable.Repeat("[", 100)) + string.Concat(Enumerable.Repeat("]", 100));
        foreach (string text in (string[])[$$"""{"x":"{{new string('x', 1 << 20)}}"}""", $$"""{"x":{{nested}}}""", $$$"""{"dns":{"search":[{{{string.Join(',', Enumerable.Repeat("\"a\"", 2000))}}}]}}"""])
            Assert.Equal(CniErrorCode.CannotDecode, Assert.Throws<CniException>(() => CniResultText.Read(Encoding.UTF8.GetBytes(text))).Code);
    }
}
