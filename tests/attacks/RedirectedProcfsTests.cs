using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>
/// Attack 9: something is mounted over the files of procfs that the runtime writes, so that the writing would go to a file of the attacker's choice.
/// It goes to the file that is meant, or nowhere (CVE-2025-52881). With openat2 denied as well: attack 18.
/// </summary>
/// <remarks>The attacker wins every race: the file is covered before the process that it belongs to runs. Labels take the same way; they need AppArmor or SELinux.</remarks>
public sealed class RedirectedProcfsTests
{
    private static readonly string[] PrivateMounts = ["unshare", "--mount", "--propagation", "private"];

    [RootFact]
    public void Whoever_trusts_the_path_writes_to_the_attacker_s_choice()
    {
        using ChildProcess victim = ChildProcess.Start(["sleep", "1000"]);
        string decoy = ScoreFile(victim);
        ChildProcess.Run(["sh", "-c", "sh -c 'echo 500 > /proc/self/oom_score_adj'; true"], new() { Prefix = Covered("process", decoy, "oom_score_adj") }).Succeeds();
        Assert.Equal("500\n", File.ReadAllText(decoy));
    }

    [RootTheory]
    [OpenAt2Data]
    public void The_oom_score_of_a_container_goes_to_no_other_process(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        CreateCovered(runtime, runtime.Bundle("true").Set("process.oomScoreAdj", 500));
    }

    [RootTheory]
    [OpenAt2Data]
    public void The_oom_score_of_a_container_with_a_user_namespace_goes_to_no_other_process(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        CreateCovered(runtime, WithUserNamespace(runtime.Bundle("true")).Set("process.oomScoreAdj", 500));
    }

    [RootTheory]
    [OpenAt2Data]
    public void The_oom_score_of_an_added_process_goes_to_no_other_process(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        TestContainer container = runtime.StartSleeping();
        ExecCovered(runtime, container);
    }

    [RootTheory]
    [OpenAt2Data]
    public void The_oom_score_of_a_process_added_to_a_user_namespace_goes_to_no_other_process(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        TestContainer container = runtime.Start(WithUserNamespace(runtime.Bundle("sleep", "1000")));
        ExecCovered(runtime, container);
    }

    [RootTheory]
    [InlineData("uid_map", OpenAt2.Allowed)]
    [InlineData("uid_map", OpenAt2.Missing)]
    [InlineData("gid_map", OpenAt2.Allowed)]
    [InlineData("gid_map", OpenAt2.Missing)]
    [InlineData("timens_offsets", OpenAt2.Allowed)]
    [InlineData("timens_offsets", OpenAt2.Missing)]
    public void What_sets_up_namespaces_is_written_to_no_other_file(string file, OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        string decoy = runtime.WorkDirectory + "/decoy";
        File.WriteAllText(decoy, "as it was");
        BundleBuilder bundle = WithUserNamespace(runtime.Bundle("true")).Namespace("time").SetJson("linux.timeOffsets", """{"boottime": {"secs": 100}}""");
        runtime.Container(bundle).TryCreate(new CommandOptions { Prefix = Covered("process", decoy, file) }).Fails(file, "EXDEV");
        Assert.Equal("as it was", File.ReadAllText(decoy));
    }

    /// <summary>Each namespace has its own files of kernel parameters, so the attacker covers that of the one which the container joins.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void A_sysctl_goes_to_no_other_file(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        using ChildProcess victim = ChildProcess.Start(["sleep", "1000"]), pod = ChildProcess.Start(["unshare", "--net", "sleep", "1000"]);
        string network = $"/proc/{pod.Pid}/ns/net", ours = $"/proc/{Environment.ProcessId}/ns/net";
        Condition.Await("the network namespace", () => NamespaceOf(network) != NamespaceOf(ours));
        string[] covered = [.. PrivateMounts, "nsenter", "--net=" + network, AttackProgram.Path("cover"), "place", ScoreFile(victim), "/proc/sys/net/ipv4/ip_forward"];
        ChildProcess.Run(["sh", "-c", "echo 300 > /proc/sys/net/ipv4/ip_forward"], new() { Prefix = covered }).Succeeds();
        Assert.Equal("300\n", File.ReadAllText(ScoreFile(victim)));

        BundleBuilder bundle = runtime.Bundle("true").Namespace("network", network).SetJson("linux.sysctl", """{"net.ipv4.ip_forward": "1"}""");
        runtime.Container(bundle).TryCreate(new CommandOptions { Prefix = [.. covered, "nsenter", "--net=" + ours] }).Fails("ip_forward", "EXDEV");
        Assert.Equal("300\n", File.ReadAllText(ScoreFile(victim)));
    }

    /// <summary>The link that leads to the caller's own directory is covered by one that leads to another's.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void Another_link_at_proc_self_leads_to_no_other_process(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        using ChildProcess victim = ChildProcess.Start(["sleep", "1000"]);
        string link = runtime.WorkDirectory + "/self";
        Files.TrySymlink($"/proc/{victim.Pid}", link).ThrowIfError("symlink", link);
        ChildProcess.Run(["sh", "-c", "echo 400 > /proc/self/oom_score_adj"], new() { Prefix = Covered("place", link, "/proc/self") }).Succeeds();
        Assert.Equal("400\n", File.ReadAllText(ScoreFile(victim)));

        TestContainer container = runtime.Container(runtime.Bundle("true").Set("process.oomScoreAdj", 500));
        container.TryCreate(new CommandOptions { Prefix = Covered("place", link, "/proc/self") }).Fails("/proc/self");
        Assert.Equal("400\n", File.ReadAllText(ScoreFile(victim)));
    }

    private static void CreateCovered(RuntimeUnderTest runtime, BundleBuilder bundle)
    {
        using ChildProcess victim = ChildProcess.Start(["sleep", "1000"]);
        runtime.Container(bundle).TryCreate(new CommandOptions { Prefix = Covered("process", ScoreFile(victim), "oom_score_adj") }).Fails("oom_score_adj", "EXDEV");
        Assert.Equal("0\n", File.ReadAllText(ScoreFile(victim)));
    }

    private static void ExecCovered(RuntimeUnderTest runtime, TestContainer container)
    {
        using ChildProcess victim = ChildProcess.Start(["sleep", "1000"]);
        string file = runtime.WorkDirectory + "/process.json";
        File.WriteAllText(file, """{"user": {"uid": 0, "gid": 0}, "args": ["true"], "cwd": "/", "env": ["PATH=/bin"], "oomScoreAdj": 500}""");
        runtime.Run(new CommandOptions { Prefix = Covered("process", ScoreFile(victim), "oom_score_adj") }, "exec", "--process", file, container.Id).Fails("oom_score_adj", "EXDEV");
        Assert.Equal("0\n", File.ReadAllText(ScoreFile(victim)));
    }

    private static string NamespaceOf(string path)
    {
        Files.TryReadLink(path, out string name).ThrowIfError("readlink", path);
        return name;
    }

    private static string ScoreFile(ChildProcess process) => $"/proc/{process.Pid}/oom_score_adj";

    private static string[] Covered(string kind, string decoy, string place) => [.. PrivateMounts, AttackProgram.Path("cover"), kind, decoy, place];

    private static BundleBuilder WithUserNamespace(BundleBuilder bundle) => bundle.Namespace("user")
        .SetJson("linux.uidMappings", """[{"containerID": 0, "hostID": 100000, "size": 65536}]""")
        .SetJson("linux.gidMappings", """[{"containerID": 0, "hostID": 100000, "size": 65536}]""");
}
