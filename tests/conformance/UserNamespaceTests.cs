using Keelson.Linux.Sys;

namespace Keelson.Conformance;

/// <summary>runtime-spec config-linux "User namespace mappings", run by root. Row R8.</summary>
public sealed class UserNamespaceTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void The_mappings_are_those_of_the_configuration()
    {
        BundleBuilder bundle = Mapped(runtime.Bundle("cat", "/proc/self/uid_map", "/proc/self/gid_map"));
        string[][] lines = [.. runtime.RunBundle(bundle).Succeeds().Lines.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal([["0", "100000", "65536"], ["0", "200000", "65536"]], lines);
    }

    [RootFact]
    public void Several_ranges_are_mapped()
    {
        BundleBuilder bundle = Mapped(runtime.Bundle("cat", "/proc/self/uid_map"))
            .SetJson("linux.uidMappings", """
                [{"containerID": 0, "hostID": 100000, "size": 10}, {"containerID": 10, "hostID": 5000, "size": 1}, {"containerID": 100, "hostID": 300000, "size": 50}]
                """);
        string[][] lines = [.. runtime.RunBundle(bundle).Succeeds().Lines.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal([["0", "100000", "10"], ["10", "5000", "1"], ["100", "300000", "50"]], lines);
    }

    [RootFact]
    public void Three_hundred_ranges_are_mapped()
    {
        string ranges = string.Join(',', Enumerable.Range(0, 300).Select(i => $$"""{"containerID": {{i}}, "hostID": {{100000 + i * 2}}, "size": 1}"""));
        BundleBuilder bundle = Mapped(runtime.Bundle("sh", "-c", "wc -l < /proc/self/uid_map")).SetJson("linux.uidMappings", $"[{ranges}]");
        Assert.Equal("300\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void Root_of_the_container_is_an_ordinary_user_of_the_host()
    {
        TestContainer container = runtime.Start(Mapped(runtime.Bundle("sleep", "1000")));
        string[] status = File.ReadAllLines($"/proc/{container.Pid}/status");
        Assert.Contains("Uid:\t100000\t100000\t100000\t100000", status);
        Assert.Contains("Gid:\t200000\t200000\t200000\t200000", status);
        Assert.Equal("0 0 0", new ProbeReport(container.Exec("probe").Succeeds().Stdout)["uid"]);
    }

    [RootFact]
    public void Another_user_than_root_is_mapped_too()
    {
        BundleBuilder bundle = Mapped(runtime.Bundle("probe")).SetJson("process.user", """{"uid": 1000, "gid": 2000, "additionalGids": [5, 7]}""");
        ProbeReport report = new(runtime.RunBundle(bundle).Succeeds().Stdout);
        Assert.Equal("1000 1000 1000", report["uid"]);
        Assert.Equal("2000 2000 2000", report["gid"]);
        Assert.Equal(["5", "7"], report["groups"].Trim().Split(' ').Order());
    }

    [RootFact]
    public void Files_that_the_container_makes_belong_to_the_mapped_user()
    {
        BundleBuilder bundle = Mapped(runtime.Bundle("touch", "/tmp/made").WritableRoot());
        runtime.RunBundle(bundle).Succeeds();
        Assert.Equal(Linux.Errno.None, Files.TryStatus(bundle.Rootfs + "/tmp/made", out FileStatus status));
        Assert.Equal((100000u, 200000u), (status.Uid, status.Gid));
    }

    [RootFact]
    public void The_default_devices_work()
    {
        BundleBuilder bundle = Mapped(runtime.Bundle().Shell("echo x > /dev/null && head -c 4 /dev/zero | wc -c && head -c 3 /dev/urandom | wc -c"));
        Assert.Equal("4\n3\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void Capabilities_count_inside_alone()
    {
        BundleBuilder bundle = Mapped(runtime.Bundle().Shell("hostname changed && hostname; mount -t tmpfs t /mnt && echo mounted; mknod /mnt/x b 8 0 || echo refused"))
            .Capabilities(["bounding", "effective", "permitted"], "CAP_SYS_ADMIN", "CAP_MKNOD", "CAP_DAC_OVERRIDE");
        Assert.Equal("changed\nmounted\nrefused\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void Namespaces_belong_to_the_user_namespace()
    {
        BundleBuilder bundle = Mapped(runtime.Bundle("ip", "link", "add", "v0", "type", "veth"))
            .Capabilities(["bounding", "effective", "permitted"], "CAP_NET_ADMIN");
        runtime.RunBundle(bundle).Succeeds();
    }

    [RootFact]
    public void An_exec_joins_the_user_namespace()
    {
        TestContainer container = runtime.Start(Mapped(runtime.Bundle("sleep", "1000")));
        ProbeReport first = new(container.Exec("probe").Succeeds().Stdout);
        Assert.True(Files.TryReadLink($"/proc/{container.Pid}/ns/user", out string expected) == Linux.Errno.None);
        Assert.Equal(expected, first["ns/user"]);
        Assert.Equal("1000 1000 1000", new ProbeReport(container.Exec(["--user", "1000:1000"], "probe").Succeeds().Stdout)["uid"]);
    }

    [RootFact]
    [Reference("runc", "1.1.5 wants mappings beside the path; crun passes")]
    public void A_user_namespace_with_a_path_is_joined()
    {
        TestContainer holder = runtime.Start(Mapped(runtime.Bundle("sleep", "1000")));
        BundleBuilder bundle = runtime.Bundle("probe").Namespace("user", $"/proc/{holder.Pid}/ns/user");
        Assert.True(Files.TryReadLink($"/proc/{holder.Pid}/ns/user", out string expected) == Linux.Errno.None);
        ProbeReport report = new(runtime.RunBundle(bundle).Succeeds().Stdout);
        Assert.Equal(expected, report["ns/user"]);
        Assert.Equal("0 0 0", report["uid"]);
    }

    [RootFact]
    [Reference("runc", "1.1.5 wants mappings beside the path; crun passes")]
    public void User_and_network_namespaces_of_another_container_are_joined_together()
    {
        TestContainer holder = runtime.Start(Mapped(runtime.Bundle("sleep", "1000")));
        BundleBuilder bundle = runtime.Bundle("probe").Set("hostname", null);
        foreach ((string type, string file) in (ReadOnlySpan<(string, string)>)[("user", "user"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts")])
            bundle.Namespace(type, $"/proc/{holder.Pid}/ns/{file}");
        ProbeReport report = new(runtime.RunBundle(bundle).Succeeds().Stdout);
        Assert.True(Files.TryReadLink($"/proc/{holder.Pid}/ns/net", out string expected) == Linux.Errno.None);
        Assert.Equal(expected, report["ns/net"]);
    }

    [RootFact]
    public void A_new_user_namespace_without_mappings_is_refused()
    {
        runtime.Container(runtime.Bundle("true").Namespace("user")).TryCreate().Fails("mapping");
        Assert.Empty(runtime.FindLeaks());
    }

    [RootTheory]
    [InlineData("""[{"containerID": 0, "hostID": 100000, "size": 10}, {"containerID": 5, "hostID": 200000, "size": 10}]""")]
    [InlineData("""[{"containerID": 0, "hostID": 100000, "size": 0}]""")]
    [InlineData("""[{"containerID": 1, "hostID": 100000, "size": 10}]""")]
    public void Mappings_that_cannot_be_are_refused(string mappings)
    {
        runtime.Container(Mapped(runtime.Bundle("true")).SetJson("linux.uidMappings", mappings)).TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void A_user_that_is_not_mapped_is_refused() =>
        runtime.Container(Mapped(runtime.Bundle("true")).Set("process.user.uid", 70000)).TryCreate().Fails();

    private static BundleBuilder Mapped(BundleBuilder bundle) => bundle.Namespace("user")
        .SetJson("linux.uidMappings", """[{"containerID": 0, "hostID": 100000, "size": 65536}]""")
        .SetJson("linux.gidMappings", """[{"containerID": 0, "hostID": 200000, "size": 65536}]""");
}
