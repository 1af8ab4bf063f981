using System.Text.Json;
using Keelson.Network.Tests;

namespace Keelson.Cni.Tests.Plugin;

/// <summary>The plug-in by its program, on real namespaces.</summary>
public sealed class PluginTests : IDisposable
{
    private const string Clean = "||";

    private readonly Lab? lab = Needs.Missing(Need.Root) is null ? new() : null;

    public void Dispose() => lab?.Dispose();

    [RootFact]
    public async Task Containers_reach_each_other_and_the_host_their_ports_and_leave_nothing()
    {
        (Place one, Place two) = (lab!.Make("c1"), lab.Make("c2"));
        string config = lab.Config("""  "runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"},{"hostPort":8081,"containerPort":80,"protocol":"tcp","hostIP":"127.0.0.1"}]},"mtu":1400,"ipam":{"subnet":"10.50.0.0/24"},  """);
        JsonElement result = lab.Add(config);
        Assert.Equal("10.50.0.2/24 via 10.50.0.1", $"{result.GetProperty("ips")[0].GetProperty("address")} via {result.GetProperty("ips")[0].GetProperty("gateway")}");
        JsonElement inner = result.GetProperty("interfaces")[result.GetProperty("ips")[0].GetProperty("interface").GetInt32()];
        Assert.Equal(("eth0", lab.PathOf("c1"), 1400), (inner.GetProperty("name").GetString(), inner.GetProperty("sandbox").GetString(), inner.GetProperty("mtu").GetInt32()));
        Assert.Contains($"link/ether {inner.GetProperty("mac")} ", one.Ip("-o link show eth0"), StringComparison.Ordinal);
        foreach (int i in (int[])[0, 1]) Assert.Contains($"link/ether {result.GetProperty("interfaces")[i].GetProperty("mac")} ", lab.Host.Ip("-o link show " + result.GetProperty("interfaces")[i].GetProperty("name")), StringComparison.Ordinal);
        Assert.Contains("default via 10.50.0.1 dev eth0", one.Ip("route"), StringComparison.Ordinal);
        Assert.Equal("10.50.0.3/24", lab.Add(lab.Config(), "c2").GetProperty("ips")[0].GetProperty("address").GetString());
        one.ServeTcp(80);
        Assert.Equal("10.50.0.3", await two.AskAsync("10.50.0.2", 80));
        Assert.NotNull(await lab.Host.AskAsync("127.0.0.1", 8080));
        Assert.NotNull(await lab.Host.AskAsync("127.0.0.1", 8081));
        Assert.NotNull(await two.AskAsync("10.50.0.1", 8080));
        Assert.True(await two.IsRefusedAsync("10.50.0.1", 8081));
        lab.Ask("DEL", config).Succeeds();
        Assert.DoesNotContain("8080", lab.Host.Nft("list", "ruleset"), StringComparison.Ordinal);
        Assert.Equal("", lab.Make("empty").Ip("-br link").Contains("eth0", StringComparison.Ordinal) ? "eth0" : "");
        Assert.DoesNotContain("eth0", one.Ip("-br link"), StringComparison.Ordinal);
        lab.Ask("DEL", config).Succeeds();
        // The namespace is somebody else's matter, and may be gone.
        lab.Ask("DEL", lab.Config(), "c2", ("CNI_NETNS", "")).Succeeds();
        Assert.Equal(Clean, lab.Left());
        Assert.Contains("lo", two.Ip("-br link"), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_network_has_both_families_and_ports_of_both()
    {
        Place one = lab!.Make("c1");
        string config = lab.Config("""  "runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80}],"ips":["10.50.0.77","fd50::77"],"mac":"02:00:00:00:00:09"},"ipam":{"subnets":[{"subnet":"10.50.0.0/24"},{"subnet":"fd50::/64"}]},  """);
        JsonElement result = lab.Add(config);
        Assert.Equal(["10.50.0.77/24", "fd50::77/64"], result.GetProperty("ips").EnumerateArray().Select(ip => ip.GetProperty("address").GetString()));
        Assert.Equal(["0.0.0.0/0", "::/0"], result.GetProperty("routes").EnumerateArray().Select(route => route.GetProperty("dst").GetString()));
        Assert.Contains("02:00:00:00:00:09", one.Ip("-o link show eth0"), StringComparison.Ordinal);
        one.ServeTcp(80);
        Assert.NotNull(await lab.Host.AskAsync("10.50.0.1", 8080));
        Assert.NotNull(await lab.Host.AskAsync("fd50::1", 8080));
        // An address that somebody has is nobody else's.
        lab.Make("c2");
        (int code, string words) = lab.Refused("ADD", config.Replace("8080", "8081", StringComparison.Ordinal).Replace(":09", ":0a", StringComparison.Ordinal), "c2");
        Assert.Equal((101, true), (code, words.Contains("in use already", StringComparison.Ordinal)));
        // And so is a port; what failed leaves nothing.
        (code, words) = lab.Refused("ADD", lab.Config("""  "runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80}]},"ipam":{"subnets":[{"subnet":"10.50.0.0/24"},{"subnet":"fd50::/64"}]},  """), "c2");
        Assert.Equal((101, true), (code, words.Contains("already allocated", StringComparison.Ordinal)));
        Assert.Equal("10.50.0.2/24", lab.Add(lab.Config("""  "ipam":{"subnets":[{"subnet":"10.50.0.0/24"},{"subnet":"fd50::/64"}]},  """), "c2").GetProperty("ips")[0].GetProperty("address").GetString());
        lab.Ask("DEL", config).Succeeds();
        lab.Ask("DEL", config, "c2").Succeeds();
        Assert.Equal(Clean, lab.Left());
    }

    [RootFact]
    public void A_port_that_a_program_of_the_host_has_is_refused()
    {
        lab!.Make("c1");
        lab.Host.ServeTcp(8080);
        (int code, string words) = lab.Refused("ADD", lab.Config("""  "runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80}]},  """));
        Assert.Equal((101, true), (code, words.Contains("already allocated", StringComparison.Ordinal)));
        Assert.Equal(Clean, lab.Left());
    }

    [RootFact]
    public async Task Networks_are_isolated_internal_and_limited_as_they_say()
    {
        (Place one, Place two, Place three) = (lab!.Make("c1"), lab.Make("c2"), lab.Make("c3"));
        string isolated = lab.Config("""  "isolated":true,"ipam":{"subnet":"10.50.0.0/24"},"runtimeConfig":{"bandwidth":{"ingressRate":8000000,"egressRate":4000000}},  """);
        lab.Add(isolated);
        lab.Add(isolated, "c2");
        one.ServeTcp(80);
        Assert.True(await two.IsRefusedAsync("10.50.0.2", 80));
        Assert.NotNull(await lab.Host.AskAsync("10.50.0.2", 80));
        Assert.Contains("tbf", one.Run("tc", "qdisc", "show", "dev", "eth0").Stdout, StringComparison.Ordinal);
        string inner = lab.Config("""  "internal":true,"ipam":{"subnet":"10.51.0.0/24"},  """).Replace("\"net\"", "\"inner\"", StringComparison.Ordinal);
        Assert.False(lab.Add(inner, "c3").TryGetProperty("routes", out _));
        Assert.DoesNotContain("default", three.Ip("route"), StringComparison.Ordinal);
        foreach ((string config, string container) in ((string, string)[])[(isolated, "c1"), (isolated, "c2"), (inner, "c3")]) lab.Ask("DEL", config, container).Succeeds();
        Assert.Equal(Clean, lab.Left());
    }

    [RootFact]
    public void Containers_stand_beside_a_device_of_the_host()
    {
        lab!.Host.Ip("link add up0 type bridge");
        lab.Host.Ip("link set up0 up");
        (Place one, Place two) = (lab.Make("c1"), lab.Make("c2"));
        string config = lab.Config("""  "driver":"macvlan","master":"up0","ipam":{"subnet":"10.50.0.0/24"},  """);
        JsonElement result = lab.Add(config);
        Assert.Equal(("eth0", 0), (result.GetProperty("interfaces")[0].GetProperty("name").GetString(), result.GetProperty("ips")[0].GetProperty("interface").GetInt32()));
        lab.Add(config, "c2");
        two.Run("ping", "-c1", "-W5", "10.50.0.2").Succeeds();
        lab.Ask("CHECK", With(config, result)).Succeeds();
        // Another device that has the name by now is not ours.
        one.Ip("link del eth0");
        one.Ip("link add eth0 type bridge");
        lab.Ask("DEL", config).Succeeds();
        Assert.Contains("eth0", one.Ip("-br link"), StringComparison.Ordinal);
        lab.Ask("DEL", config, "c2").Succeeds();
        Assert.DoesNotContain("eth0", two.Ip("-br link"), StringComparison.Ordinal);
        Assert.Equal("up0||", lab.Left());
    }

    [RootFact]
    public void The_first_network_of_a_container_leads_elsewhere_and_each_goes_alone()
    {
        Place one = lab!.Make("c1");
        string second = lab.Config("""  "ipam":{"subnet":"10.51.0.0/24","routes":[{"dst":"10.99.0.0/16"}]},  """).Replace("\"net\"", "\"second\"", StringComparison.Ordinal);
        lab.Add(lab.Config());
        lab.Add(second, "c1", ("CNI_IFNAME", "eth1"));
        Assert.Contains("default via 10.50.0.1 dev eth0", one.Ip("route"), StringComparison.Ordinal);
        Assert.Contains("10.99.0.0/16 via 10.51.0.1 dev eth1", one.Ip("route"), StringComparison.Ordinal);
        // DEL of another network takes nothing of this one.
        lab.Ask("DEL", lab.Config(), "c1", ("CNI_IFNAME", "eth1")).Succeeds();
        Assert.Contains("10.51.0.2/24", one.Ip("-o address"), StringComparison.Ordinal);
        lab.Ask("DEL", second, "c1", ("CNI_IFNAME", "eth1")).Succeeds();
        lab.Ask("DEL", lab.Config()).Succeeds();
        Assert.Equal(Clean, lab.Left());
    }

    [RootFact]
    public async Task Check_lays_again_what_the_host_has_lost_and_tells_what_the_container_has()
    {
        Place one = lab!.Make("c1");
        string config = lab.Config("""  "runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80}]},"ipam":{"subnet":"10.50.0.0/24"},  """);
        string checking = With(config, lab.Add(config));
        one.ServeTcp(80);
        lab.Ask("CHECK", checking).Succeeds();
        lab.Host.Nft("flush", "ruleset");
        Assert.Null(await lab.Host.AskAsync("127.0.0.1", 8080));
        lab.Ask("CHECK", checking).Succeeds();
        Assert.NotNull(await lab.Host.AskAsync("127.0.0.1", 8080));
        one.Ip("route del default");
        Assert.Equal((999, "the container has no route to 0.0.0.0/0"), lab.Refused("CHECK", checking));
        one.Ip("address flush dev eth0");
        Assert.Contains("no address 10.50.0.2", lab.Refused("CHECK", checking).Words, StringComparison.Ordinal);
        one.Ip("link del eth0");
        Assert.Equal(999, lab.Refused("CHECK", checking).Code);
        Assert.Equal(7, lab.Refused("CHECK", config).Code);
        lab.Ask("DEL", config).Succeeds();
        Assert.Contains("is not laid", lab.Refused("CHECK", checking).Words, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task After_a_firewall_was_flushed_or_a_bridge_removed_the_next_container_has_all_of_it()
    {
        (Place one, Place two) = (lab!.Make("c1"), lab.Make("c2"));
        string config = lab.Config("""  "bridge":"cni9","runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80}]},"ipam":{"subnet":"10.50.0.0/24"},  """);
        lab.Add(config);
        one.ServeTcp(80);
        lab.Host.Nft("flush", "ruleset");
        lab.Add(lab.Config("""  "bridge":"cni9","ipam":{"subnet":"10.50.0.0/24"},  """), "c2");
        Assert.NotNull(await lab.Host.AskAsync("127.0.0.1", 8080));
        lab.Host.Ip("link del cni9");
        lab.Make("c3");
        Assert.Equal("10.50.0.4/24", lab.Add(lab.Config("""  "bridge":"cni9","ipam":{"subnet":"10.50.0.0/24"},  """), "c3").GetProperty("ips")[0].GetProperty("address").GetString());
        foreach (string container in (string[])["c1", "c2", "c3"]) lab.Ask("DEL", config, container).Succeeds();
        Assert.Equal(Clean, lab.Left());
    }

    [RootFact]
    public void Garbage_of_containers_that_are_gone_is_collected()
    {
        foreach (string name in (string[])["c1", "c2"])
        {
            lab!.Make(name);
            lab.Add(lab.Config(), name);
        }
        lab!.Ask("GC", lab.Config("""  "cni.dev/valid-attachments":[{"containerID":"c2","ifname":"eth0"}],  """)).Succeeds();
        Assert.Contains("c2:eth0.json", lab.Left(), StringComparison.Ordinal);
        Assert.DoesNotContain("c1:eth0.json", lab.Left(), StringComparison.Ordinal);
        lab.Ask("GC", lab.Config("""  "cni.dev/valid-attachments":[],  """)).Succeeds();
        Assert.Equal(Clean, lab.Left());
    }

    [RootFact]
    public void After_the_machine_has_started_anew_addresses_are_free()
    {
        lab!.Make("c1");
        lab.Add(lab.Config());
        File.WriteAllText(lab.State + "/run/boot", "another");
        lab.Make("c2");
        Assert.Equal("10.50.0.2/24", lab.Add(lab.Config(), "c2").GetProperty("ips")[0].GetProperty("address").GetString());
        lab.Ask("DEL", lab.Config(), "c2").Succeeds();
        Assert.Equal(Clean, lab.Left());
    }

    [RootFact]
    public void Many_calls_at_once_have_one_turn_after_the_other()
    {
        string[] names = [.. Enumerable.Range(1, 12).Select(i => $"c{i}")];
        foreach (string name in names) lab!.Make(name);
        HashSet<string> addresses = [];
        foreach (string command in (string[])["ADD", "DEL"])
        {
            ChildProcess[] calls = [.. names.Select(name => lab!.Start(command, lab.Config(), name))];
            foreach (ChildProcess call in calls)
            {
                string text = call.WaitForEnd(TimeSpan.FromSeconds(60)).Succeeds().Stdout;
                if (command == "ADD") Assert.True(addresses.Add(Lab.Json(text).GetProperty("ips")[0].GetProperty("address").GetString()!));
                call.Dispose();
            }
        }
        Assert.Equal(names.Length, addresses.Count);
        Assert.Equal(Clean, lab!.Left());
    }

    [RootFact]
    public void It_says_what_it_speaks_and_that_it_is_ready()
    {
        Assert.Equal("""{"cniVersion":"0.4.0","supportedVersions":["0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}""", lab!.Ask("VERSION", """{"cniVersion":"0.4.0"}""").Succeeds().Stdout);
        Assert.Equal("", lab.Ask("STATUS", lab.Config()).Succeeds().Stdout);
        File.WriteAllText(lab.Folder + "/file", "");
        Assert.Equal(50, lab.Refused("STATUS", lab.Config().Replace(lab.State, lab.Folder + "/file/state", StringComparison.Ordinal)).Code);
    }

    [RootTheory]
    [InlineData("ADD", "CNI_CONTAINERID", "", 4)]
    [InlineData("ADD", "CNI_CONTAINERID", "../../etc/x", 4)]
    [InlineData("DEL", "CNI_CONTAINERID", "..", 4)]
    [InlineData("DEL", "CNI_CONTAINERID", "a:b", 4)]
    [InlineData("ADD", "CNI_IFNAME", "../eth0", 4)]
    [InlineData("ADD", "CNI_IFNAME", "a23456789012345x", 4)]
    [InlineData("ADD", "CNI_IFNAME", "lo", 4)]
    [InlineData("ADD", "CNI_NETNS", "", 4)]
    [InlineData("ADD", "CNI_NETNS", "/proc/self/ns/net", 8)]
    [InlineData("ADD", "CNI_NETNS", "/absent/place", 3)]
    [InlineData("ADD", "CNI_ARGS", "=x", 4)]
    [InlineData("EXPLODE", "CNI_IFNAME", "eth0", 4)]
    public void What_the_environment_cannot_say_is_refused(string command, string variable, string value, int code)
    {
        lab!.Make("c1");
        Assert.Equal(code, lab.Refused(command, lab.Config(), "c1", (variable, value)).Code);
        Assert.Equal(Clean, lab.Left());
    }

    [RootTheory]
    [InlineData("", 6)]
    [InlineData("{", 6)]
    [InlineData("""{"cniVersion":"3.0.0","name":"n"}""", 1)]
    [InlineData("""{"cniVersion":"1.0.0","name":"../n"}""", 7)]
    [InlineData("""{"cniVersion":"0.3.1","name":"n","ipam":{"subnet":"10.0.0.0/31/2"}}""", 6)]
    public void What_is_no_configuration_is_refused(string config, int code)
    {
        lab!.Make("c1");
        Assert.Equal(code, lab.Refused("ADD", config).Code);
    }

    [RootFact]
    public void A_second_ADD_and_a_device_that_is_there_are_refused_and_change_nothing()
    {
        Place one = lab!.Make("c1"), two = lab.Make("c2");
        lab.Add(lab.Config());
        Assert.Equal(101, lab.Refused("ADD", lab.Config()).Code);
        Assert.Contains("10.50.0.2/24", one.Ip("-o address"), StringComparison.Ordinal);
        two.Ip("link add eth0 type bridge");
        lab.Refused("ADD", lab.Config(), "c2");
        Assert.Contains("eth0", two.Ip("-br link"), StringComparison.Ordinal);
        Assert.DoesNotContain("c2:", lab.Left(), StringComparison.Ordinal);
        lab.Ask("DEL", lab.Config()).Succeeds();
        Assert.Equal(Clean, lab.Left());
    }

    [RootFact]
    public void On_a_full_disk_nobody_joins_and_who_leaves_has_left_once_there_is_room()
    {
        (Place one, Place two) = (lab!.Make("c1"), lab.Make("c2"));
        using HostMount disk = new(lab.State, "size=64k,mode=700");
        lab.Add(lab.Config());
        string filler = lab.State + "/filler";
        Fill();
        Assert.Contains("ENOSPC", lab.Refused("ADD", lab.Config(), "c2").Words, StringComparison.Ordinal);
        Assert.DoesNotContain("eth0", two.Ip("-br link"), StringComparison.Ordinal);
        Fill();
        CommandResult left = lab.Ask("DEL", lab.Config());
        if (left.ExitCode != 0) Assert.Contains("ENOSPC", left.Stdout, StringComparison.Ordinal);
        // The container is out in any case.
        Assert.DoesNotContain("eth0", one.Ip("-br link"), StringComparison.Ordinal);
        File.Delete(filler);
        lab.Ask("DEL", lab.Config()).Succeeds();
        Assert.Equal("10.50.0.2/24", lab.Add(lab.Config(), "c2").GetProperty("ips")[0].GetProperty("address").GetString());
        lab.Ask("DEL", lab.Config(), "c2").Succeeds();
        Assert.Equal(Clean, lab.Left());

        void Fill() => ChildProcess.Run(["sh", "-c", $"cat /dev/zero >> {filler}"]).Fails("No space left");
    }

    /// <summary>A configuration with the result that the plug-in is to compare with.</summary>
    private static string With(string config, JsonElement result) => $"{config[..^1]},\"prevResult\":{result}}}";
}
