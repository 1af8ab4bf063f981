using System.Text.Json;
using Keelson.Network.Tests;

namespace Keelson.Cni.Tests.Plugin;

/// <summary>Addresses by other plug-ins.</summary>
public sealed class DelegationTests : IDisposable
{
    private readonly Lab? lab = Needs.Missing(Need.Root) is null ? new() : null;

    public void Dispose() => lab?.Dispose();

    private string Config => lab!.Config($$"""  "ipam":{"type":"host-local","dataDir":"{{lab.Folder}}/ipam","ranges":[[{"subnet":"10.60.0.0/24","rangeStart":"10.60.0.50","rangeEnd":"10.60.0.51"}],[{"subnet":"fd60::/64"}]],"routes":[{"dst":"0.0.0.0/0"}]},  """, "1.0.0");

    private string[] Held => [.. Directory.GetFiles(lab!.Folder + "/ipam/net").Select(file => Path.GetFileName(file)!).Where(name => name.StartsWith("10.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [RootFact]
    public void Addresses_of_host_local_become_the_network_s_and_are_given_back()
    {
        (Place one, Place two) = (lab!.Make("c1"), lab.Make("c2"));
        JsonElement result = lab.Add(Config);
        Assert.Equal(["10.60.0.50/24", "fd60::2/64"], result.GetProperty("ips").EnumerateArray().Select(ip => ip.GetProperty("address").GetString()));
        Assert.Equal("10.60.0.51/24", lab.Add(Config, "c2").GetProperty("ips")[0].GetProperty("address").GetString());
        two.Run("ping", "-c1", "-W5", "10.60.0.50").Succeeds();
        two.Run("ping", "-c1", "-W5", "fd60::2").Succeeds();
        Assert.Contains("default via 10.60.0.1", one.Ip("route"), StringComparison.Ordinal);
        lab.Ask("CHECK", $"{Config[..^1]},\"prevResult\":{result}}}").Succeeds();
        lab.Make("c3");
        Assert.Contains("host-local: ADD", lab.Refused("ADD", Config, "c3").Words, StringComparison.Ordinal);
        Assert.Equal(["10.60.0.50", "10.60.0.51"], Held);
        lab.Ask("DEL", Config).Succeeds();
        lab.Ask("DEL", Config, "c2", ("CNI_NETNS", "")).Succeeds();
        Assert.Empty(Held);
        Assert.Equal("||", lab.Left());
    }

    [RootFact]
    public void What_fails_after_addresses_were_given_gives_them_back()
    {
        lab!.Make("c1").Ip("link add eth0 type bridge");
        lab.Refused("ADD", Config);
        Assert.Empty(Held);
        Assert.Equal("||", lab.Left());
    }

    [RootTheory]
    [InlineData("exit 3", "ended with 3")]
    [InlineData("echo '{}'", "gave no address")]
    [InlineData("echo '{\"ips\":[{\"address\":\"10.1.0.2/24\"},{\"address\":\"10.2.0.2/24\"}]}'", "more than one address")]
    [InlineData("echo nonsense", "no JSON")]
    [InlineData("yes", "writes more than")]
    [InlineData("kill -9 $$", "ended with 137")]
    public void A_plug_in_for_addresses_that_misbehaves_is_told_and_leaves_nothing(string script, string why)
    {
        lab!.Make("c1");
        lab.Write("mad", $"#!/bin/sh\n[ $CNI_COMMAND = DEL ] && exit 0\n{script}\n");
        Assert.Contains(why, lab.Refused("ADD", lab.Config("""  "ipam":{"type":"mad"},  """)).Words, StringComparison.Ordinal);
        Assert.Equal("||", lab.Left());
    }

    [RootFact]
    public void A_plug_in_for_addresses_that_is_not_there_is_told()
    {
        lab!.Make("c1");
        (int code, string words) = lab.Refused("ADD", lab.Config("""  "ipam":{"type":"absent"},  """));
        Assert.Equal((7, true), (code, words.Contains("it is in none of", StringComparison.Ordinal)));
    }
}
