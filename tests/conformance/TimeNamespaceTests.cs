namespace Keelson.Conformance;

/// <summary>runtime-spec config-linux "Offset for Time Namespace". Row R7.</summary>
[Reference("runc", "1.1.5 has no time namespaces; crun 1.8.1 has them and dies at it on Linux 6.18")]
public sealed class TimeNamespaceTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void A_new_time_namespace_has_the_host_s_clocks_without_offsets()
    {
        ProbeReport host = OnHost(), report = Probe(runtime.Bundle("probe").Namespace("time"));
        Assert.NotEqual(host["ns/time"], report["ns/time"]);
        Assert.InRange(long.Parse(report["monotonic"]) - long.Parse(host["monotonic"]), 0, 30);
    }

    [RootFact]
    public void Offsets_move_the_clocks_of_the_container()
    {
        BundleBuilder bundle = runtime.Bundle("probe").Namespace("time")
            .SetJson("linux.timeOffsets", """{"monotonic": {"secs": 5000, "nanosecs": 1}, "boottime": {"secs": 90000}}""");
        ProbeReport host = OnHost(), report = Probe(bundle);
        Assert.InRange(long.Parse(report["monotonic"]) - long.Parse(host["monotonic"]), 5000, 5030);
        Assert.InRange(long.Parse(report["boottime"]) - long.Parse(host["boottime"]), 90000, 90030);
    }

    [RootFact]
    public void A_negative_offset_moves_a_clock_back()
    {
        // A clock cannot be moved to before its beginning, and a guest has just begun.
        long before = long.Parse(OnHost()["boottime"]), back = Math.Min(60, before / 2);
        BundleBuilder bundle = runtime.Bundle("probe").Namespace("time").SetJson("linux.timeOffsets", $$$"""{"boottime": {"secs": {{{-back}}}}}""");
        Assert.InRange(long.Parse(Probe(bundle)["boottime"]), before - back, long.Parse(OnHost()["boottime"]) - back);
    }

    [RootFact]
    public void Offsets_are_seen_by_an_exec_too()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Namespace("time").SetJson("linux.timeOffsets", """{"boottime": {"secs": 90000}}"""));
        ProbeReport host = OnHost(), report = new(container.Exec("probe").Succeeds().Stdout);
        Assert.InRange(long.Parse(report["boottime"]) - long.Parse(host["boottime"]), 90000, 90030);
    }

    [RootFact]
    public void A_time_namespace_with_a_path_is_joined()
    {
        TestContainer holder = runtime.Start(runtime.Bundle("sleep", "1000").Namespace("time").SetJson("linux.timeOffsets", """{"boottime": {"secs": 90000}}"""));
        ProbeReport host = OnHost(), report = Probe(runtime.Bundle("probe").Namespace("time", $"/proc/{holder.Pid}/ns/time"));
        Assert.InRange(long.Parse(report["boottime"]) - long.Parse(host["boottime"]), 90000, 90030);
    }

    [RootTheory]
    [InlineData("""{"monotonic": {"secs": 0, "nanosecs": 1000000000}}""")]
    [InlineData("""{"monotonic": {"secs": -4000000000}}""")]
    [InlineData("""{"realtime": {"secs": 5}}""")]
    public void Offsets_that_the_kernel_cannot_have_are_refused(string offsets)
    {
        TestContainer container = runtime.Container(runtime.Bundle("true").Namespace("time").SetJson("linux.timeOffsets", offsets));
        container.TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void Offsets_without_a_time_namespace_are_refused() =>
        runtime.Container(runtime.Bundle("true").SetJson("linux.timeOffsets", """{"monotonic": {"secs": 5}}""")).TryCreate().Fails();

    private ProbeReport Probe(BundleBuilder bundle) => new(runtime.RunBundle(bundle).Succeeds().Stdout);

    private static ProbeReport OnHost() => new(ChildProcess.Run([BusyboxRootfs.Shared + "/bin/probe"]).Succeeds().Stdout);
}
