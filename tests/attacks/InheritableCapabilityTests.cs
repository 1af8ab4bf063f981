namespace Keelson.Attacks;

/// <summary>
/// Attack 12: inheritable capabilities, with which a program that has file capabilities gets more than the container's user has (CVE-2022-29162,
/// CVE-2022-27650). The set is empty unless the configuration lists it, whatever the caller has.
/// </summary>
public sealed class InheritableCapabilityTests : IDisposable
{
    private static readonly CommandOptions Inheriting = new() { Prefix = ["setpriv", "--inh-caps", "+chown,+kill,+net_raw", "--ambient-caps", "+chown,+kill", "--"] };
    private RuntimeUnderTest? runtime;

    public void Dispose() => runtime?.Dispose();

    [RootFact]
    public void Without_defence_the_caller_s_sets_are_inherited()
    {
        ProbeReport report = new(ChildProcess.Run([BusyboxRootfs.Shared + "/bin/probe"], Inheriting).Succeeds().Stdout);
        Assert.NotEqual(0UL, report.Capabilities("CapInh"));
        Assert.NotEqual(0UL, report.Capabilities("CapAmb"));
    }

    [RootTheory]
    [OpenAt2Data]
    public void The_first_process_has_none_by_default(OpenAt2 openAt2)
    {
        foreach (string user in Users)
        {
            BundleBuilder bundle = Make(openAt2).Bundle("probe").SetJson("process.user", user).Write();
            HasNone(runtime!.Run(Inheriting, "run", "--bundle", bundle.Directory, runtime.NewId()));
            runtime.Dispose();
        }
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_process_that_is_added_has_none_by_default(OpenAt2 openAt2)
    {
        TestContainer container = Make(openAt2).StartSleeping();
        foreach (string user in (string[])["0", "1000:1000"])
        {
            HasNone(runtime!.Run(Inheriting, "exec", "--user", user, container.Id, "probe"));
            // An added capability goes into the other sets alone (CVE-2022-29162).
            ProbeReport added = HasNone(runtime.Run(Inheriting, "exec", "--user", user, "--cap", "CAP_CHOWN", container.Id, "probe"));
            Assert.NotEqual(0UL, added.Capabilities("CapBnd") & 1);
        }
        string file = runtime!.WorkDirectory + "/process.json";
        File.WriteAllText(file, $$"""
            {"args": ["probe"], "cwd": "/", "env": ["PATH=/bin", "{{runtime.Mark}}"],
             "capabilities": {"bounding": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"], "effective": ["CAP_CHOWN"]} }
            """);
        HasNone(runtime.Run(Inheriting, "exec", "--process", file, container.Id));
    }

    private static string[] Users => ["""{"uid": 0, "gid": 0}""", """{"uid": 1000, "gid": 1000}"""];

    private static ProbeReport HasNone(CommandResult result)
    {
        ProbeReport report = new(result.Succeeds().Stdout);
        Assert.Equal(0UL, report.Capabilities("CapInh"));
        Assert.Equal(0UL, report.Capabilities("CapAmb"));
        return report;
    }

    private RuntimeUnderTest Make(OpenAt2 openAt2) => runtime = AttackRuntime.Make(openAt2);
}
