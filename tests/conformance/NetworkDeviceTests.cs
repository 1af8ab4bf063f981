namespace Keelson.Conformance;

/// <summary>runtime-spec config-linux "Network Devices": moved, renamed, addresses kept, brought up. Row R23.</summary>
/// <remarks>The runtime refuses <c>netDevices</c> for now; these run on request alone until it moves devices. docs/SPECIFICATION.md says so.</remarks>
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

    [RootFact(Explicit = true)]
    public void A_device_is_moved_with_its_addresses_and_brought_up()
    {
        string text = Run(runtime.Bundle("ip", "address", "show", "kt0").SetJson("linux.netDevices", """{"kt0": {}}""")).Succeeds().Stdout;
        Assert.Contains("inet 10.98.7.6/24", text);
        Assert.Contains("inet6 fd00:98::6/64", text);
        Assert.Matches("<[^>]*\\bUP\\b", text);
    }

    [RootFact(Explicit = true)]
    public void A_device_is_renamed() => Assert.Contains(
        "10.98.7.6/24", Run(runtime.Bundle("ip", "address", "show", "eth7").SetJson("linux.netDevices", """{"kt0": {"name": "eth7"}}""")).Succeeds().Stdout);

    [RootFact(Explicit = true)]
    public void A_name_with_a_number_to_fill_in_takes_the_first_that_is_free() => Assert.Contains(
        "10.98.7.6/24", Run(runtime.Bundle("ip", "address", "show", "net0").SetJson("linux.netDevices", """{"kt0": {"name": "net%d"}}""")).Succeeds().Stdout);

    [RootFact(Explicit = true)]
    public void Two_devices_are_moved() => Assert.Equal(
        ["eth0", "eth1", "lo"],
        Run(runtime.Bundle("ls", "/sys/class/net").SetJson("linux.netDevices", """{"kt0": {"name": "eth0"}, "kt1": {"name": "eth1"}}""")).Succeeds().Lines);

    [RootFact(Explicit = true)]
    public void A_device_is_moved_into_a_namespace_with_a_path()
    {
        TestContainer holder = runtime.StartSleeping();
        BundleBuilder bundle = runtime.Bundle("ip", "address", "show", "kt0").Namespace("network", $"/proc/{holder.Pid}/ns/net").SetJson("linux.netDevices", """{"kt0": {}}""");
        Assert.Contains("10.98.7.6/24", Run(bundle).Succeeds().Stdout);
    }

    [RootFact(Explicit = true)]
    public void A_device_is_moved_into_the_namespace_of_a_user_namespace()
    {
        BundleBuilder bundle = runtime.Bundle("ip", "address", "show", "kt0").Namespace("user").SetJson("linux.netDevices", """{"kt0": {}}""")
            .SetJson("linux.uidMappings", """[{"containerID": 0, "hostID": 100000, "size": 65536}]""").SetJson("linux.gidMappings", """[{"containerID": 0, "hostID": 100000, "size": 65536}]""");
        Assert.Contains("10.98.7.6/24", Run(bundle).Succeeds().Stdout);
    }

    [RootTheory(Explicit = true)]
    [InlineData("""{"absent0": {}}""")]
    [InlineData("""{"kt0": {"name": "a-name-that-is-too-long"}}""")]
    [InlineData("""{"kt0": {"name": "with/slash"}}""")]
    [InlineData("""{"kt0": {"name": "lo"}}""")]
    [InlineData("""{"kt0": {"name": "same"}, "kt1": {"name": "same"}}""")]
    public void A_move_that_cannot_be_is_an_error(string devices)
    {
        Run(runtime.Bundle("true").SetJson("linux.netDevices", devices)).Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact(Explicit = true)]
    public void Devices_without_a_network_namespace_are_refused()
    {
        Run(runtime.Bundle("true").WithoutNamespace("network").SetJson("linux.netDevices", """{"kt0": {}}""")).Fails("netDevices");
        Inside("ip", "link", "show", "kt0");
    }

    private CommandResult Run(BundleBuilder bundle) =>
        runtime.Run(new CommandOptions { Prefix = ["nsenter", "--net=/run/netns/" + name] }, "run", "--bundle", bundle.Write().Directory, runtime.NewId());

    private void Inside(params string[] command) => ChildProcess.Run(["nsenter", "--net=/run/netns/" + name, .. command]).Succeeds();
}
