namespace Keelson.Conformance;

/// <summary>runtime-spec config "Linux Process": the five capability sets and noNewPrivileges. Row R24.</summary>
public sealed class CapabilityTests : IDisposable
{
    private const int Chown = 0, Kill = 5, NetBindService = 10, NetRaw = 13;
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void Each_set_is_the_one_of_the_configuration()
    {
        BundleBuilder bundle = Without(runtime.Bundle("probe"))
            .Capabilities(["bounding"], "CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_NET_BIND_SERVICE")
            .Capabilities(["permitted"], "CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW")
            .Capabilities(["inheritable"], "CAP_CHOWN", "CAP_KILL")
            .Capabilities(["effective", "ambient"], "CAP_KILL")
            .SetJson("process.user", """{"uid": 1000, "gid": 1000}""");
        ProbeReport report = Probe(bundle);
        Assert.Equal(Bits(Chown, Kill, NetRaw, NetBindService), report.Capabilities("CapBnd"));
        Assert.Equal(Bits(Chown, Kill), report.Capabilities("CapInh"));
        Assert.Equal(Bits(Kill), report.Capabilities("CapAmb"));
        // An ordinary user keeps the ambient set across execve(2); capabilities(7).
        Assert.Equal(Bits(Kill), report.Capabilities("CapPrm"));
        Assert.Equal(Bits(Kill), report.Capabilities("CapEff"));
    }

    [RootFact]
    public void Root_has_what_the_bounding_set_allows()
    {
        ProbeReport report = Probe(Without(runtime.Bundle("probe")).Capabilities(["bounding", "permitted", "effective"], "CAP_CHOWN", "CAP_KILL"));
        Assert.Equal(Bits(Chown, Kill), report.Capabilities("CapBnd"));
        Assert.Equal(Bits(Chown, Kill), report.Capabilities("CapPrm"));
        Assert.Equal(Bits(Chown, Kill), report.Capabilities("CapEff"));
    }

    [RootFact]
    public void The_inheritable_and_ambient_sets_are_empty_when_they_are_not_listed()
    {
        ProbeReport report = Probe(runtime.Bundle("probe"));
        Assert.Equal(0UL, report.Capabilities("CapInh"));
        Assert.Equal(0UL, report.Capabilities("CapAmb"));
    }

    [RootFact]
    public void Without_capabilities_there_are_none()
    {
        ProbeReport report = Probe(runtime.Bundle("probe").Set("process.capabilities", null));
        foreach (string set in (string[])["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) Assert.Equal(0UL, report.Capabilities(set));
    }

    [RootFact]
    public void An_ordinary_user_without_ambient_capabilities_has_none()
    {
        ProbeReport report = Probe(runtime.Bundle("probe").SetJson("process.user", """{"uid": 1000, "gid": 1000}"""));
        Assert.Equal(0UL, report.Capabilities("CapEff"));
        Assert.Equal(0UL, report.Capabilities("CapPrm"));
        Assert.NotEqual(0UL, report.Capabilities("CapBnd"));
    }

    [RootFact]
    public void A_capability_that_is_left_out_is_refused_by_the_kernel()
    {
        BundleBuilder bundle = Without(runtime.Bundle().Shell("touch /tmp/x; chown 7 /tmp/x 2>&1; echo $?").WritableRoot())
            .Capabilities(["bounding", "permitted", "effective"], "CAP_KILL");
        Assert.Equal("chown: /tmp/x: Operation not permitted\n1\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootFact]
    [Reference("runc", "1.1.5 and crun 1.8.1 fail; config.md \"Linux Process\" asks for a warning")]
    public void A_capability_that_the_caller_lacks_is_a_warning()
    {
        // CAP_SYS_RESOURCE (24) is dropped from the caller before the runtime runs.
        BundleBuilder bundle = Without(runtime.Bundle("probe")).Capabilities(["bounding", "permitted", "effective"], "CAP_KILL", "CAP_SYS_RESOURCE").Write();
        CommandOptions options = new() { Prefix = ["setpriv", "--bounding-set", "-sys_resource", "--"] };
        ProbeReport report = new(runtime.Run(options, "run", "--bundle", bundle.Directory, runtime.NewId()).Succeeds().Stdout);
        Assert.Equal(Bits(Kill), report.Capabilities("CapEff"));
    }

    [RootFact]
    public void A_name_that_no_kernel_knows_is_a_warning()
    {
        BundleBuilder bundle = Without(runtime.Bundle("probe")).Capabilities(["bounding", "permitted", "effective"], "CAP_KILL", "CAP_NO_SUCH_THING");
        Assert.Equal(Bits(Kill), Probe(bundle).Capabilities("CapEff"));
    }

    [RootTheory]
    [InlineData(true, "1")]
    [InlineData(false, "0")]
    public void No_new_privileges_is_set_as_configured(bool value, string expected) =>
        Assert.Equal(expected, Probe(runtime.Bundle("probe").Set("process.noNewPrivileges", value))["NoNewPrivs"]);

    [RootFact]
    public void No_new_privileges_is_off_by_default() =>
        Assert.Equal("0", Probe(runtime.Bundle("probe").Set("process.noNewPrivileges", null))["NoNewPrivs"]);

    [RootFact]
    public void No_securebits_are_left_set() => Assert.Equal("0", Probe(runtime.Bundle("probe").SetJson("process.user", """{"uid": 1000, "gid": 1000}"""))["securebits"]);

    private ProbeReport Probe(BundleBuilder bundle) => new(runtime.RunBundle(bundle).Succeeds().Stdout);

    private static BundleBuilder Without(BundleBuilder bundle) => bundle.SetJson("process.capabilities", "{}");

    private static ulong Bits(params int[] numbers) => numbers.Aggregate(0UL, (bits, n) => bits | (1UL << n));
}
