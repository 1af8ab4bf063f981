namespace Keelson.Conformance;

/// <summary>runtime-spec config-linux "Devices" and "Default Devices". Row R15.</summary>
public sealed class DeviceTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootTheory]
    [InlineData("/dev/null", "1,3 666 0:0")]
    [InlineData("/dev/zero", "1,5 666 0:0")]
    [InlineData("/dev/full", "1,7 666 0:0")]
    [InlineData("/dev/random", "1,8 666 0:0")]
    [InlineData("/dev/urandom", "1,9 666 0:0")]
    [InlineData("/dev/tty", "5,0 666 0:0")]
    public void A_default_device_is_there(string path, string expected) =>
        Assert.Equal(expected, runtime.RunBundle(runtime.Bundle("sh", "-c", $"echo $(stat -c '%t,%T %a %u:%g' {path})")).Succeeds().Text);

    [RootTheory]
    [InlineData("/dev/fd", "/proc/self/fd")]
    [InlineData("/dev/stdin", "/proc/self/fd/0")]
    [InlineData("/dev/stdout", "/proc/self/fd/1")]
    [InlineData("/dev/stderr", "/proc/self/fd/2")]
    [InlineData("/dev/ptmx", "pts/ptmx")]
    public void A_link_of_dev_is_there(string path, string target) => Assert.Equal(target, runtime.RunBundle(runtime.Bundle("readlink", path)).Succeeds().Text);

    [RootFact]
    public void Proc_kcore_is_linked_as_dev_core_where_the_kernel_has_it() => Assert.Equal(
        File.Exists("/proc/kcore") ? "/proc/kcore" : "none", runtime.RunBundle(runtime.Bundle("sh", "-c", "readlink /dev/core || echo none")).Succeeds().Text);

    [RootFact]
    public void The_default_devices_can_be_used()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("echo x > /dev/null; head -c 2 /dev/zero | wc -c; echo x 2> /dev/null > /dev/full || echo full; head -c 2 /dev/random | wc -c; head -c 2 /dev/urandom | wc -c");
        Assert.Equal("2\nfull\n2\n2\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void There_is_no_console_without_a_terminal() =>
        Assert.Equal("gone\n", runtime.RunBundle(runtime.Bundle().Shell("test -e /dev/console || echo gone")).Succeeds().Stdout);

    [RootTheory]
    [InlineData("c", "character special file", "a,e5 640 7:8")]
    [InlineData("u", "character special file", "a,e5 640 7:8")]
    [InlineData("b", "block special file", "a,e5 640 7:8")]
    public void A_device_of_the_configuration_is_made(string type, string kind, string expected)
    {
        BundleBuilder bundle = runtime.Bundle("sh", "-c", "stat -c '%F' /dev/extra; stat -c '%t,%T %a %u:%g' /dev/extra")
            .AddJson("linux.devices", $$"""{"path": "/dev/extra", "type": "{{type}}", "major": 10, "minor": 229, "fileMode": 416, "uid": 7, "gid": 8}""");
        Assert.Equal($"{kind}\n{expected}\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void A_fifo_of_the_configuration_is_made()
    {
        BundleBuilder bundle = runtime.Bundle("stat", "-c", "%F %a", "/dev/pipe").AddJson("linux.devices", """{"path": "/dev/pipe", "type": "p", "fileMode": 438}""");
        Assert.Equal("fifo 666\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void A_device_in_a_directory_that_is_missing_is_made()
    {
        BundleBuilder bundle = runtime.Bundle("stat", "-c", "%t,%T", "/dev/deep/down/null")
            .AddJson("linux.devices", """{"path": "/dev/deep/down/null", "type": "c", "major": 1, "minor": 3, "fileMode": 438}""");
        Assert.Equal("1,3\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    public void A_device_of_the_configuration_replaces_the_default_one()
    {
        BundleBuilder bundle = runtime.Bundle("stat", "-c", "%t,%T %a", "/dev/null")
            .AddJson("linux.devices", """{"path": "/dev/null", "type": "c", "major": 1, "minor": 3, "fileMode": 384}""")
            .AddJson("linux.resources.devices", """{"allow": true, "type": "c", "major": 1, "minor": 3, "access": "rwm"}""");
        Assert.Equal("1,3 600\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootTheory]
    [InlineData("""{"path": "/dev/x", "type": "q", "major": 1, "minor": 3}""")]
    // runc 1.1.5 passes over a device without a path.
    [InlineData("""{"path": "", "type": "c", "major": 1, "minor": 3}""", Traits = ["fails", "runc"])]
    [InlineData("""{"type": "c", "major": 1, "minor": 3}""", Traits = ["fails", "runc"])]
    public void A_device_that_cannot_be_is_refused(string device)
    {
        runtime.Container(runtime.Bundle("true").AddJson("linux.devices", device)).TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [CgroupFact]
    public void Devices_that_no_rule_allows_cannot_be_opened()
    {
        BundleBuilder bundle = Privileged(runtime.Bundle().Shell("mknod /dev/shm/mem c 1 1; probe open /dev/shm/mem r; probe open /dev/null rw"));
        Assert.Equal("EPERM\nok\n", runtime.RunBundle(WithDevices(bundle)).Succeeds().Stdout);
    }

    [CgroupFact]
    public void A_rule_allows_one_device_for_one_kind_of_access()
    {
        BundleBuilder bundle = Privileged(runtime.Bundle().Shell("mknod /dev/shm/rtc c 10 229; probe open /dev/shm/rtc r; probe open /dev/shm/rtc w"))
            .AddJson("linux.resources.devices", """{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rm"}""");
        string[] lines = runtime.RunBundle(WithDevices(bundle)).Succeeds().Lines;
        Assert.NotEqual("EPERM", lines[0]);
        Assert.Equal("EPERM", lines[1]);
    }

    [CgroupFact]
    public void A_later_rule_takes_back_an_earlier_one()
    {
        BundleBuilder bundle = Privileged(runtime.Bundle().Shell("mknod /dev/shm/mem c 1 1; probe open /dev/shm/mem r; mknod /dev/shm/k c 1 2; probe open /dev/shm/k r"))
            .SetJson("linux.resources.devices", """[{"allow": true, "access": "rwm"}, {"allow": false, "type": "c", "major": 1, "minor": 1, "access": "rw"}]""");
        string[] lines = runtime.RunBundle(WithDevices(bundle)).Succeeds().Lines;
        Assert.Equal("EPERM", lines[0]);
        Assert.NotEqual("EPERM", lines[1]);
    }

    [CgroupFact]
    public void A_rule_for_all_minors_allows_each()
    {
        BundleBuilder bundle = Privileged(runtime.Bundle().Shell("mknod /dev/shm/mem c 1 1; probe open /dev/shm/mem r"))
            .AddJson("linux.resources.devices", """{"allow": true, "type": "c", "major": 1, "minor": -1, "access": "rwm"}""");
        Assert.NotEqual("EPERM", runtime.RunBundle(WithDevices(bundle)).Succeeds().Text);
    }

    // /dev/shm is nodev by default, and nothing there could be opened whatever the rules.
    private static BundleBuilder WithDevices(BundleBuilder bundle) => bundle.WithoutMount("/dev/shm").Mount("/dev/shm", "tmpfs", "shm", "mode=1777");

    private static BundleBuilder Privileged(BundleBuilder bundle) =>
        bundle.Capabilities(["bounding", "effective", "permitted"], "CAP_MKNOD", "CAP_DAC_OVERRIDE", "CAP_SYS_RAWIO");
}
