using System.Text.Json.Nodes;

namespace Keelson.Conformance;

/// <summary>runtime-spec config-linux "Network Devices": moved, renamed, addresses kept, brought up. Row R23.</summary>
[Reference("runc", "1.1.5 and crun 1.8.1 have no netDevices; runtime-spec 1.3 has")]
public sealed class NetworkDeviceTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();
    private readonly string name = "kt" + Guid.NewGuid().ToString("N")[..8];

    // The devices are made in a network namespace of the test, in which the runtime is called.
    public NetworkDeviceTests()
    {
        if (Needs.Missing(Need.Root) is not null) return;
        ChildProcess.Run(["ip", "netns", "add", name]).Succeeds();
        Inside("ip", "link", "add", "kt0", "type", "veth", "peer", "name", "kt1");
        Inside("ip", "address", "add", "10.98.7.6/24", "dev", "kt0");
        Inside("ip", "address", "add", "fd00:98::6/64", "dev", "kt0", "nodad");
    }

    public void Dispose()
    {
        runtime.Dispose();
        if (Needs.Missing(Need.Root) is null) ChildProcess.Run(["ip", "netns", "delete", name]).Succeeds();
    }

    [RootFact]
    public void A_device_is_moved_with_its_addresses_and_brought_up()
    {
        string text = Run(runtime.Bundle("ip", "address", "show", "kt0").SetJson("linux.netDevices", """{"kt0": {}}""")).Succeeds().Stdout;
        Assert.Contains("inet 10.98.7.6/24", text);
        Assert.Contains("inet6 fd00:98::6/64", text);
        Assert.Matches("<[^>]*\\bUP\\b", text);
    }

    [RootFact]
    public void A_device_is_renamed() => Assert.Contains(
        "10.98.7.6/24", Run(runtime.Bundle("ip", "address", "show", "eth7").SetJson("linux.netDevices", """{"kt0": {"name": "eth7"}}""")).Succeeds().Stdout);

    [RootFact]
    public void A_name_with_a_number_to_fill_in_takes_the_first_that_is_free() => Assert.Contains(
        "10.98.7.6/24", Run(runtime.Bundle("ip", "address", "show", "net0").SetJson("linux.netDevices", """{"kt0": {"name": "net%d"}}""")).Succeeds().Stdout);

    [RootFact]
    public void Names_with_numbers_to_fill_in_are_counted_up() => Assert.Equal(
        ["lo", "net0", "net1"],
        Run(runtime.Bundle("ls", "/sys/class/net").SetJson("linux.netDevices", """{"kt0": {"name": "net%d"}, "kt1": {"name": "net%d"}}""")).Succeeds().Lines);

    [RootFact]
    public void Devices_may_exchange_their_names()
    {
        string text = Run(runtime.Bundle("ip", "address", "show", "kt1").SetJson("linux.netDevices", """{"kt0": {"name": "kt1"}, "kt1": {"name": "kt0"}}""")).Succeeds().Stdout;
        Assert.Contains("10.98.7.6/24", text);
    }

    [RootFact]
    public void MTU_and_hardware_address_are_kept()
    {
        Inside("ip", "link", "set", "kt0", "mtu", "1400", "address", "02:00:00:00:00:07");
        string text = Run(runtime.Bundle("ip", "link", "show", "eth0").SetJson("linux.netDevices", """{"kt0": {"name": "eth0"}}""")).Succeeds().Stdout;
        Assert.Contains("mtu 1400", text);
        Assert.Contains("02:00:00:00:00:07", text);
    }

    [RootFact]
    public void Addresses_that_expire_or_are_not_global_stay_behind()
    {
        Inside("ip", "address", "add", "192.0.2.1/24", "valid_lft", "10000", "preferred_lft", "10000", "dev", "kt0");
        Inside("ip", "address", "add", "169.254.9.9/16", "scope", "link", "dev", "kt0");
        string text = Run(runtime.Bundle("ip", "address", "show", "kt0").SetJson("linux.netDevices", """{"kt0": {}}""")).Succeeds().Stdout;
        Assert.Contains("10.98.7.6/24", text);
        Assert.DoesNotContain("192.0.2.1", text);
        Assert.DoesNotContain("169.254.9.9", text);
    }

    [RootFact]
    public void A_virtual_device_ends_with_its_container()
    {
        string id = runtime.NewId();
        BundleBuilder bundle = runtime.Bundle("true").SetJson("linux.netDevices", """{"kt0": {}}""").Write();
        runtime.Run(InNamespace, "create", "--bundle", bundle.Directory, id).Succeeds();
        runtime.Run("delete", "--force", id).Succeeds();
        Condition.Await("the end of the device", () => Devices() is "lo");
    }

    [RootFact]
    public void Two_devices_are_moved() => Assert.Equal(
        ["eth0", "eth1", "lo"],
        Run(runtime.Bundle("ls", "/sys/class/net").SetJson("linux.netDevices", """{"kt0": {"name": "eth0"}, "kt1": {"name": "eth1"}}""")).Succeeds().Lines);

    [RootFact]
    public void A_device_is_moved_into_a_namespace_with_a_path()
    {
        TestContainer holder = runtime.StartSleeping();
        BundleBuilder bundle = runtime.Bundle("ip", "address", "show", "kt0").Namespace("network", $"/proc/{holder.Pid}/ns/net").SetJson("linux.netDevices", """{"kt0": {}}""");
        Assert.Contains("10.98.7.6/24", Run(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void A_device_is_moved_into_the_namespace_of_a_user_namespace()
    {
        BundleBuilder bundle = runtime.Bundle("ip", "address", "show", "kt0").Namespace("user").SetJson("linux.netDevices", """{"kt0": {}}""")
            .SetJson("linux.uidMappings", """[{"containerID": 0, "hostID": 100000, "size": 65536}]""").SetJson("linux.gidMappings", """[{"containerID": 0, "hostID": 100000, "size": 65536}]""");
        Assert.Contains("10.98.7.6/24", Run(bundle).Succeeds().Stdout);
    }

    [RootTheory]
    [InlineData("""{"absent0": {}}""")]
    [InlineData("""{"kt0": {"name": "a-name-that-is-too-long"}}""")]
    [InlineData("""{"kt0": {"name": "with/slash"}}""")]
    [InlineData("""{"kt0": {"name": "lo"}}""")]
    [InlineData("""{"kt0": {"name": "same"}, "kt1": {"name": "same"}}""")]
    public void A_move_that_cannot_be_is_an_error(string devices)
    {
        string before = Addresses();
        Run(runtime.Bundle("true").SetJson("linux.netDevices", devices)).Fails();
        Assert.Empty(runtime.FindLeaks());
        Assert.Equal(before, Addresses());
    }

    [RootFact]
    public void A_device_that_does_not_exist_is_named() =>
        Run(runtime.Bundle("true").SetJson("linux.netDevices", """{"kt0": {}, "absent0": {}}""")).Fails("netDevices", "absent0", "does not exist");

    [RootFact]
    public void Devices_come_back_as_they_were_when_the_creation_fails_later()
    {
        Inside("ip", "link", "set", "kt0", "up");
        Inside("ip", "address", "add", "169.254.9.9/16", "scope", "link", "dev", "kt0");
        string before = Addresses();
        BundleBuilder bundle = runtime.Bundle("true").SetJson("linux.netDevices", """{"kt0": {"name": "eth0"}, "kt1": {"name": "kt0"}}""").Hook("createRuntime", "exit 1");
        Run(bundle).Fails();
        Assert.Empty(runtime.FindLeaks());
        Assert.Equal(before, Addresses());
    }

    [RootFact]
    public void Devices_come_back_when_the_program_does_not_exist()
    {
        string before = Addresses();
        Run(runtime.Bundle("/absent").SetJson("linux.netDevices", """{"kt0": {"name": "eth0"}}""")).Fails("/absent");
        Assert.Equal(before, Addresses());
    }

    [RootFact]
    public void Hooks_of_the_creation_find_the_device_in_the_container()
    {
        string log = runtime.WorkDirectory + "/log";
        BundleBuilder bundle = runtime.Bundle("true").SetJson("linux.netDevices", """{"kt0": {"name": "eth0"}}""").Hook("createContainer", $"ip -o link show eth0 > {log}");
        Run(bundle).Succeeds();
        Assert.Contains("eth0", File.ReadAllText(log));
    }

    [RootFact]
    public void The_runtimes_own_namespace_is_no_place_for_devices() =>
        Run(runtime.Bundle("true").Namespace("network", "/run/netns/" + name).SetJson("linux.netDevices", """{"kt0": {}}""")).Fails("netDevices", "own");

    [RootFact]
    public void Devices_without_a_network_namespace_are_refused()
    {
        Run(runtime.Bundle("true").WithoutNamespace("network").SetJson("linux.netDevices", """{"kt0": {}}""")).Fails("netDevices");
        Inside("ip", "link", "show", "kt0");
    }

    private CommandOptions InNamespace => new() { Prefix = ["nsenter", "--net=/run/netns/" + name] };

    private string Devices() => string.Join(' ', AllDevices().Select(device => (string)device!["ifname"]!));

    /// <summary>A line a device: name, hardware address, whether it is up, and the addresses but those that the kernel makes of itself.</summary>
    private string Addresses() => string.Join('\n', AllDevices().OrderBy(device => (string)device!["ifname"]!).Select(device =>
    {
        IEnumerable<string> addresses = device!["addr_info"]!.AsArray().Where(a => a!["local"] is { } local && !((string)local!).StartsWith("fe80", StringComparison.Ordinal))
            .Select(a => $"{a!["local"]}/{a["prefixlen"]} {a["scope"]}");
        return $"{device["ifname"]} {device["address"]} {device["flags"]!.AsArray().Any(flag => (string)flag! == "UP")} {string.Join(", ", addresses)}";
    }));

    private JsonArray AllDevices() => JsonNode.Parse(ChildProcess.Run(["ip", "-n", name, "-j", "address"]).Succeeds().Stdout)!.AsArray();

    private CommandResult Run(BundleBuilder bundle) =>
        runtime.Run(InNamespace, "run", "--bundle", bundle.Write().Directory, runtime.NewId());

    private void Inside(params string[] command) => ChildProcess.Run(["nsenter", "--net=/run/netns/" + name, .. command]).Succeeds();
}
