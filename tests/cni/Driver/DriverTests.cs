using System.Net;
using Keelson.Network;
using Keelson.Network.Control;
using Keelson.Network.Records;
using Keelson.Network.Tests;

namespace Keelson.Cni.Tests.Driver;

/// <summary>Debian's plug-ins as networks of ours.</summary>
public sealed class DriverTests
{
    [RootFact]
    public async Task Bridge_host_local_portmap_firewall_and_bandwidth_lay_a_network_with_ports()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        await lab.CreateAsync(lab.Bridge() + """,{"type":"portmap","capabilities":{"portMappings":true},"snat":true},{"type":"firewall"},{"type":"bandwidth","capabilities":{"bandwidth":true}}""");
        Place web = await lab.OpenAsync(new()
        {
            ContainerId = "web", Names = ["web"], Ports = [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }, new(PublishedPort.Tcp, 81)],
            Endpoints = [new("web") { Options = new Dictionary<string, string> { ["com.keelson.bandwidth.ingress"] = "8000000" } }],
        });
        SandboxRecord sandbox = lab.Controller.FindSandbox("web")!;
        EndpointRecord end = sandbox.Endpoints.Single();
        Assert.Equal(("10.70.0.2", 24, "10.70.0.1", "eth0", false), (end.Ipv4!.ToString(), end.PrefixLength4, end.Gateway4!.ToString(), end.Device, end.IsUnfinished));
        Assert.Contains(string.Join(':', end.HardwareAddress.Chunk(2).Select(pair => new string(pair))), web.Ip("-o link show eth0"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("default via 10.70.0.1", web.Ip("route"), StringComparison.Ordinal);
        web.Serve("TCP4-LISTEN:80");
        web.Serve("TCP4-LISTEN:81");
        Assert.NotNull(await lab.Lab.Host.AskAsync("10.70.0.1", 8080));
        Assert.NotNull(await lab.Lab.Host.AskAsync("10.70.0.1", sandbox.Ports.First(port => port.ContainerPort == 81).HostPort));
        Assert.Contains("tbf", lab.Lab.Host.Run("tc", "qdisc").Stdout, StringComparison.Ordinal);
        Place other = await lab.OpenAsync(new() { ContainerId = "other", Endpoints = [new("web")] });
        Assert.Equal("10.70.0.3", await other.AskAsync("10.70.0.2", 80));
        KeelsonException late = await Assert.ThrowsAsync<KeelsonException>(() => lab.Controller.PublishAsync("web", [new(PublishedPort.Tcp, 99)]));
        Assert.Contains("as a container joins", late.Message, StringComparison.Ordinal);
        Assert.Equal(["10.70.0.2", "10.70.0.3"], lab.Held());
        await lab.Controller.CloseAsync("web");
        await lab.Controller.CloseAsync("other");
        Assert.Equal((0, 0, ""), (lab.Held().Length, lab.Kept, string.Join(' ', lab.Troubles)));
        Assert.Null(await lab.Lab.Host.AskAsync("10.70.0.1", 8080));
        await lab.Controller.RemoveAsync("web");
    }

    [RootTheory]
    [InlineData("ptp", "")]
    [InlineData("macvlan", """ "master":"up0", """)]
    [InlineData("bridge", """ "bridge":"cni9","isGateway":true, """)]
    public async Task Plug_ins_of_each_kind_give_devices_addresses_and_names(string type, string more)
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        lab.Lab.Host.Ip("link add up0 type bridge");
        lab.Lab.Host.Ip("link set up0 up");
        await lab.CreateAsync($$"""
            {"type":"{{type}}",{{more}}"dns":{"nameservers":["10.71.0.53"],"search":["inner"]},
             "ipam":{"type":"host-local","dataDir":"{{lab.Lab.Folder}}/ipam","ranges":[[{"subnet":"10.71.0.0/24"}],[{"subnet":"fd71::/64"}]],"routes":[{"dst":"0.0.0.0/0"}]} },{"type":"tuning","mtu":1300}
            """);
        Place web = await lab.OpenAsync(new() { ContainerId = "web", Endpoints = [new("web")] });
        EndpointRecord end = lab.Controller.FindSandbox("web")!.Endpoints.Single();
        Assert.Equal(("10.71.0.2", "fd71::2", 64, "10.71.0.1", "10.71.0.53", "inner"), (end.Ipv4!.ToString(), end.Ipv6!.ToString(), end.PrefixLength6, end.Gateway4!.ToString(), end.NameServers.Single().ToString(), end.SearchDomains.Single()));
        Assert.Contains($"mtu 1300", web.Ip("-o link show " + end.Device), StringComparison.Ordinal);
        Assert.Contains("default via 10.71.0.1", web.Ip("route"), StringComparison.Ordinal);
        if (type != "macvlan") web.Run("ping", "-c1", "-W5", "10.71.0.1").Succeeds();
        await lab.Controller.CloseAsync("web");
        Assert.Equal((0, 0, ""), (lab.Held().Length, lab.Kept, string.Join(' ', lab.Troubles)));
    }

    [RootFact]
    public async Task An_address_and_a_hardware_address_that_are_asked_for_are_given_or_the_container_does_not_join()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        await lab.CreateAsync(lab.Bridge(""" ,"capabilities":{"ips":true,"mac":true} """));
        EndpointWish wish = new("web") { Ipv4 = IPAddress.Parse("10.70.0.99"), HardwareAddress = new byte[] { 2, 0, 0, 0, 0, 9 } };
        Place web = await lab.OpenAsync(new() { ContainerId = "web", Endpoints = [wish] });
        Assert.Contains("10.70.0.99/24", web.Ip("-o address"), StringComparison.Ordinal);
        Assert.Contains("02:00:00:00:00:09", web.Ip("-o link show eth0"), StringComparison.Ordinal);
        KeelsonException used = await Assert.ThrowsAnyAsync<KeelsonException>(() => lab.Controller.OpenAsync(new() { ContainerId = "second", Endpoints = [wish] }));
        Assert.Contains("CNI plug-in bridge: ADD: ", used.FullMessage, StringComparison.Ordinal);
        Assert.Contains("10.70.0.99", used.FullMessage, StringComparison.Ordinal);
        Assert.Null(lab.Controller.FindSandbox("second"));
        // A plug-in that does not heed it is found out.
        await lab.CreateAsync(lab.Bridge(subnet: 72), "fixed");
        KeelsonException other = await Assert.ThrowsAnyAsync<KeelsonException>(() => lab.Controller.OpenAsync(new() { ContainerId = "third", Endpoints = [new("fixed") { Ipv6 = IPAddress.Parse("fd00::9") }] }));
        Assert.Contains("fd00::9 is asked for", other.FullMessage, StringComparison.Ordinal);
        await lab.Controller.CloseAsync("web");
        Assert.Equal((0, 0), (lab.Held().Length, lab.Kept));
    }

    [RootFact]
    public async Task What_no_plug_in_takes_is_refused_before_one_is_asked()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        await lab.CreateAsync(lab.Bridge());
        KeelsonException ports = await Assert.ThrowsAnyAsync<KeelsonException>(() => lab.Controller.OpenAsync(new() { ContainerId = "web", Endpoints = [new("web")], Ports = [new(PublishedPort.Tcp, 80)] }));
        Assert.Contains("no plug-in of it has the capability portMappings", ports.FullMessage, StringComparison.Ordinal);
        KeelsonException limits = await Assert.ThrowsAnyAsync<KeelsonException>(() => lab.Controller.OpenAsync(new() { ContainerId = "web", Endpoints = [new("web") { Options = new Dictionary<string, string> { ["com.keelson.bandwidth.egress"] = "8000000" } }] }));
        Assert.Contains("capability bandwidth", limits.FullMessage, StringComparison.Ordinal);
        foreach (NetworkRecord wish in (NetworkRecord[])[new() { Id = "", Name = "web2", Driver = "cni", Ipam = [new() { Subnet = IPNetwork.Parse("10.0.0.0/24") }] }, new() { Id = "", Name = "web2", Driver = "cni", IpamDriver = "other" }])
            Assert.Contains("are not chosen here", (await Assert.ThrowsAsync<KeelsonException>(() => lab.Controller.CreateAsync(wish))).Message, StringComparison.Ordinal);
        Assert.Contains("no file in", (await Assert.ThrowsAsync<KeelsonException>(() => lab.Controller.CreateAsync(new() { Id = "", Name = "absent", Driver = "cni" }))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CniException>(() => lab.CreateAsync("""{"type":"absent"}""", "lost"));
        Assert.Equal((0, 0), (lab.Held().Length, lab.Kept));
    }

    [RootFact]
    public async Task After_a_restart_a_container_leaves_as_it_joined_also_when_its_network_s_file_is_gone()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        await lab.CreateAsync(lab.Bridge());
        await lab.OpenAsync(new() { ContainerId = "web", Endpoints = [new("web")] });
        await lab.OpenAsync(new() { ContainerId = "lost", Endpoints = [new("web")] });
        lab.Running.Remove("lost");
        await lab.RestartAsync(() => File.Delete(lab.Lab.Folder + "/net.d/web.conflist"));
        // One ended while there was no engine.
        Assert.Equal(["10.70.0.2"], lab.Held());
        await lab.Controller.CloseAsync("web");
        Assert.Equal((0, 0, ""), (lab.Held().Length, lab.Kept, string.Join(' ', lab.Troubles)));
        Assert.Contains("no file in", (await Assert.ThrowsAnyAsync<KeelsonException>(() => lab.Controller.OpenAsync(new() { ContainerId = "web", Endpoints = [new("web")] }))).FullMessage, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task After_the_machine_has_started_anew_plug_ins_get_back_what_they_gave()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        await lab.CreateAsync(lab.Bridge());
        await lab.OpenAsync(new() { ContainerId = "web", Endpoints = [new("web")] });
        lab.Running.Clear();
        // What is of the machine's start is gone; what plug-ins keep is not.
        await lab.RestartAsync(() => Directory.Delete(lab.Lab.Folder + "/run/sandboxes", recursive: true));
        Assert.Equal((0, 0, ""), (lab.Held().Length, lab.Kept, string.Join(' ', lab.Troubles)));
    }

    [RootFact]
    public async Task Plug_ins_are_asked_in_order_and_back_with_the_result_and_ports_go_to_the_network_that_leads()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        foreach (string name in (string[])["first", "second"])
        {
            lab.Lab.Write(name, $$$"""
                #!/bin/sh
                read -r input
                case $input in *portMappings*) ports=ports;; *) ports=none;; esac
                case $input in *prevResult*) before=result;; *) before=none;; esac
                echo "$CNI_COMMAND {{{name}}} $CNI_IFNAME $ports $before" >> {{{lab.Lab.Folder}}}/log
                [ $CNI_COMMAND = DEL ] && exit 0
                [ $CNI_IFNAME = eth0 ] && net=1 || net=2
                nsenter --net=$CNI_NETNS ip link add $CNI_IFNAME type bridge 2> /dev/null
                echo '{"cniVersion":"1.0.0","ips":[{"address":"10.'$net'.0.2/24"}]}'

                """);
        }
        const string First = """{"type":"first","capabilities":{"portMappings":true}}""", Second = """{"type":"second","capabilities":{"portMappings":true}}""";
        await lab.CreateAsync($"{First},{Second}", "b");
        await lab.CreateAsync(First, "a");
        await lab.OpenAsync(new() { ContainerId = "web", Endpoints = [new("b") { GatewayPriority = 1 }, new("a")], Ports = [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }] });
        Assert.Equal(["10.1.0.2", "10.2.0.2"], lab.Controller.FindSandbox("web")!.Endpoints.Select(end => end.Ipv4!.ToString()));
        await lab.Controller.CloseAsync("web");
        Assert.Equal(
            ["ADD first eth0 ports none", "ADD second eth0 ports result", "ADD first eth1 none none", "DEL second eth0 ports result", "DEL first eth0 ports result", "DEL first eth1 none result"],
            File.ReadAllLines(lab.Lab.Folder + "/log"));
    }

    [RootFact]
    public async Task A_container_is_in_a_network_of_ours_and_in_one_of_plug_ins()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        await lab.CreateAsync(lab.Bridge() + """,{"type":"portmap","capabilities":{"portMappings":true},"snat":true}""");
        await lab.Controller.CreateAsync(new() { Id = "", Name = "own", Ipam = [new() { Subnet = IPNetwork.Parse("10.80.0.0/24") }] });
        Place web = await lab.OpenAsync(new() { ContainerId = "web", Endpoints = [new("web"), new("own") { GatewayPriority = 1 }], Ports = [new(PublishedPort.Tcp, 80) { FirstPort = 8080, LastPort = 8080 }] });
        web.ServeTcp(80);
        Assert.Contains("default via 10.80.0.1 dev eth1", web.Ip("route"), StringComparison.Ordinal);
        Assert.NotNull(await lab.Lab.Host.AskAsync("127.0.0.1", 8080));
        Assert.DoesNotContain("8080", lab.Lab.Host.Run("iptables-save").Stdout, StringComparison.Ordinal);
        await lab.Controller.DisconnectAsync("web", "own");
        Assert.Contains("default via 10.70.0.1 dev eth0", web.Ip("route"), StringComparison.Ordinal);
        await lab.Controller.ConnectAsync("web", new("own"));
        await lab.Controller.DisconnectAsync("web", "web");
        Assert.Contains("default via 10.80.0.1", web.Ip("route"), StringComparison.Ordinal);
        Assert.Empty(lab.Held());
        await lab.Controller.CloseAsync("web");
        Assert.Equal("", string.Join(' ', lab.Troubles));
    }
}
