using System.Globalization;

namespace Keelson.Conformance;

/// <summary>runtime-spec config "Process" and config-linux: user, limits, kernel parameters, scheduling, memory policy. Rows R23, R30, R31.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void User_group_and_additional_groups_are_set()
    {
        ProbeReport report = Probe(runtime.Bundle("probe").SetJson("process.user", """{"uid": 1000, "gid": 2000, "additionalGids": [5, 10, 2147483647]}"""));
        Assert.Equal("1000 1000 1000", report["uid"]);
        Assert.Equal("2000 2000 2000", report["gid"]);
        Assert.Equal(["10", "2147483647", "5"], report["groups"].Trim().Split(' ').Order());
    }

    [RootFact]
    [Reference("runc", "1.1.5 takes IDs below 2^31 alone; crun passes")]
    public void An_id_may_use_all_32_bits()
    {
        ProbeReport report = Probe(runtime.Bundle("probe").SetJson("process.user", """{"uid": 4000000000, "gid": 4000000001, "additionalGids": [4000000002]}"""));
        Assert.Equal(("4000000000 4000000000 4000000000", "4000000002"), (report["uid"], report["groups"].Trim()));
    }

    [RootFact]
    public void Without_additional_groups_there_are_none_of_the_caller() =>
        Assert.Equal("", Probe(runtime.Bundle("probe").SetJson("process.user", """{"uid": 1000, "gid": 1000}"""))["groups"].Trim());

    [RootTheory]
    [InlineData(0b111_111_111, "0777")]
    [InlineData(0b000_010_111, "0027")]
    [InlineData(0, "0000")]
    public void The_umask_is_that_of_the_configuration(int umask, string expected) =>
        Assert.Equal(expected, Probe(runtime.Bundle("probe").Set("process.user.umask", umask))["umask"]);

    [RootFact]
    public void The_umask_is_022_by_default() => Assert.Equal("0022", Probe(runtime.Bundle("probe"))["umask"]);

    [RootTheory]
    [InlineData("RLIMIT_CORE", 0, 1000)]
    [InlineData("RLIMIT_NOFILE", 100, 200)]
    [InlineData("RLIMIT_NPROC", 1000, 2000)]
    [InlineData("RLIMIT_FSIZE", 4096, 8192)]
    [InlineData("RLIMIT_STACK", 1048576, 2097152)]
    [InlineData("RLIMIT_AS", 1073741824, 1073741824)]
    [InlineData("RLIMIT_CPU", 60, 61)]
    [InlineData("RLIMIT_MEMLOCK", 65536, 65536)]
    [InlineData("RLIMIT_MSGQUEUE", 1000, 2000)]
    [InlineData("RLIMIT_SIGPENDING", 10, 20)]
    [InlineData("RLIMIT_RTTIME", 100000, 200000)]
    [InlineData("RLIMIT_DATA", 1073741824, 1073741824)]
    [InlineData("RLIMIT_RSS", 1000, 1000)]
    [InlineData("RLIMIT_LOCKS", 5, 6)]
    public void A_limit_is_set(string type, long soft, long hard)
    {
        BundleBuilder bundle = runtime.Bundle("probe").SetJson("process.rlimits", $$"""[{"type": "{{type}}", "soft": {{soft}}, "hard": {{hard}}}]""");
        Assert.Equal($"{soft} {hard}", Probe(bundle)[type]);
    }

    [RootFact]
    public void A_limit_may_be_without_end()
    {
        BundleBuilder bundle = runtime.Bundle("probe").SetJson("process.rlimits", """[{"type": "RLIMIT_CORE", "soft": 18446744073709551615, "hard": 18446744073709551615}]""");
        Assert.Equal("-1 -1", Probe(bundle)["RLIMIT_CORE"]);
    }

    [RootFact]
    public void A_soft_limit_above_the_hard_one_is_refused() =>
        runtime.RunBundle(runtime.Bundle("true").SetJson("process.rlimits", """[{"type": "RLIMIT_NOFILE", "soft": 20, "hard": 10}]""")).Fails();

    [RootFact]
    public void Limits_apply_to_an_exec_too()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("process.rlimits", """[{"type": "RLIMIT_CORE", "soft": 100, "hard": 200}]"""));
        Assert.Equal("100 200", new ProbeReport(container.Exec("probe").Succeeds().Stdout)["RLIMIT_CORE"]);
    }

    [RootTheory]
    [InlineData(500)]
    [InlineData(0)]
    [InlineData(1000)]
    public void The_oom_score_adjustment_is_set(int value)
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Set("process.oomScoreAdj", value));
        Assert.Equal(value.ToString(CultureInfo.InvariantCulture), File.ReadAllText($"/proc/{container.Pid}/oom_score_adj").Trim());
        Assert.Equal(value.ToString(CultureInfo.InvariantCulture), new ProbeReport(container.Exec("probe").Succeeds().Stdout)["oom_score_adj"]);
    }

    [RootFact]
    public void The_oom_score_adjustment_is_the_caller_s_by_default() =>
        Assert.Equal(File.ReadAllText("/proc/self/oom_score_adj").Trim(), Probe(runtime.Bundle("probe"))["oom_score_adj"]);

    [RootFact]
    public void Hostname_and_domainname_are_set_in_the_uts_namespace()
    {
        string before = File.ReadAllText("/proc/sys/kernel/hostname");
        Assert.Equal("box", Probe(runtime.Bundle("probe").Set("hostname", "box"))["hostname"]);
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/hostname"));
    }

    [RootFact]
    [Reference("runc", "1.1.5 has no domainname; crun passes")]
    public void The_domainname_is_set() => Assert.Equal("example.org", Probe(runtime.Bundle("probe").Set("domainname", "example.org"))["domainname"]);

    [RootFact]
    public void A_hostname_that_is_too_long_is_refused() => runtime.Container(runtime.Bundle("true").Set("hostname", new string('h', 65))).TryCreate().Fails();

    [RootFact]
    public void Kernel_parameters_of_the_container_s_namespaces_are_set()
    {
        BundleBuilder bundle = runtime.Bundle("cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/msgmax", "/proc/sys/fs/mqueue/msg_max", "/proc/sys/net/ipv4/ping_group_range")
            .SetJson("linux.sysctl", """{"net.ipv4.ip_forward": "1", "kernel.msgmax": "65536", "fs.mqueue.msg_max": "20", "net/ipv4/ping_group_range": "0 1000"}""");
        Assert.Equal("1\n65536\n20\n0\t1000\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootTheory]
    [InlineData("kernel.pid_max", "/proc/sys/kernel/pid_max")]
    [InlineData("vm.swappiness", "/proc/sys/vm/swappiness")]
    [InlineData("net.ipv4.../../../vm/swappiness", "/proc/sys/vm/swappiness")]
    public void A_kernel_parameter_of_the_host_is_refused(string name, string path)
    {
        // The value that it has: a runtime that writes it does no harm.
        string value = File.ReadAllText(path).Trim();
        runtime.Container(runtime.Bundle("true").SetJson("linux.sysctl", $$"""{"{{name}}": "{{value}}"}""")).TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootTheory]
    [InlineData("network", """{"net.ipv4.ip_forward": "1"}""")]
    [InlineData("ipc", """{"kernel.msgmax": "65536"}""")]
    [InlineData("uts", """{"kernel.domainname": "changed"}""")]
    public void A_kernel_parameter_of_a_namespace_that_the_caller_shares_is_refused(string type, string sysctl) =>
        runtime.Container(runtime.Bundle("true").Set("hostname", null).WithoutNamespace(type).SetJson("linux.sysctl", sysctl))
            .TryCreate(new CommandOptions { Prefix = ["unshare", "--net", "--ipc", "--uts"] }).Fails("sysctl");

    [RootFact]
    [Reference("runc", "1.1.5 has no personality; crun passes")]
    public void The_personality_is_set()
    {
        ProbeReport report = Probe(runtime.Bundle("probe").SetJson("linux.personality", """{"domain": "LINUX32"}"""));
        Assert.Equal("8", report["personality"]);
        Assert.Equal("i686", report["machine"]);
    }

    [RootFact]
    public void The_personality_is_LINUX_by_default() => Assert.Equal("0", Probe(runtime.Bundle("probe").SetJson("linux.personality", """{"domain": "LINUX"}"""))["personality"]);

    [RootTheory]
    [InlineData("""{"policy": "SCHED_BATCH", "nice": 5}""", "3", "5", "0")]
    [InlineData("""{"policy": "SCHED_IDLE"}""", "5", "0", "0")]
    [InlineData("""{"policy": "SCHED_OTHER", "nice": 3}""", "0", "3", "0")]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no scheduler")]
    public void The_scheduler_is_set(string scheduler, string policy, string nice, string priority)
    {
        ProbeReport report = Probe(runtime.Bundle("probe").SetJson("process.scheduler", scheduler));
        Assert.Equal((policy, nice, priority), (report["scheduler"], report["nice"], report["priority"]));
    }

    [RootTheory]
    [InlineData("SCHED_FIFO", "1")]
    [InlineData("SCHED_RR", "2")]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no scheduler")]
    public void A_real_time_scheduler_is_set_where_the_cgroup_has_a_share_of_it(string name, string policy)
    {
        // Kernels without groups for real time have no such files, and no need of a share.
        bool hasShares = CgroupTree.IsV1 && File.Exists("/sys/fs/cgroup/cpu/cpu.rt_runtime_us");
        foreach (string group in (ReadOnlySpan<string>)[Path.GetDirectoryName(runtime.Cgroup)!, runtime.Cgroup])
        {
            Directory.CreateDirectory(CgroupTree.PathOf("cpu", group, ""));
            if (hasShares) File.WriteAllText(CgroupTree.PathOf("cpu", group, "cpu.rt_runtime_us"), group == runtime.Cgroup ? "10000" : "200000");
        }
        BundleBuilder bundle = runtime.Bundle("probe").SetJson("process.scheduler", $$"""{"policy": "{{name}}", "priority": 7}""");
        if (hasShares) bundle.SetJson("linux.resources.cpu", """{"realtimeRuntime": 5000, "realtimePeriod": 1000000}""");
        ProbeReport report = Probe(bundle);
        Assert.Equal((policy, "7"), (report["scheduler"], report["priority"]));
    }

    [RootFact]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no scheduler")]
    public void The_deadline_scheduler_is_set()
    {
        ProbeReport report = Probe(runtime.Bundle("probe").SetJson("process.scheduler", """{"policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 50000000, "period": 100000000}"""));
        Assert.Equal(("6", "1000000 50000000 100000000"), (report["scheduler"], report["deadline"]));
    }

    [RootFact]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no scheduler")]
    public void Flags_of_the_scheduler_are_set()
    {
        ProbeReport report = Probe(runtime.Bundle("sh", "-c", "probe | grep '^scheduler'; exec probe")
            .SetJson("process.scheduler", """{"policy": "SCHED_BATCH", "flags": ["SCHED_FLAG_RESET_ON_FORK"]}"""));
        Assert.Equal("1", report["scheduler flags"]);
    }

    [RootTheory]
    [InlineData("""{"policy": "SCHED_NOTHING"}""")]
    [InlineData("""{"policy": "SCHED_OTHER", "flags": ["SCHED_FLAG_NOTHING"]}""")]
    [InlineData("""{"policy": "SCHED_FIFO", "priority": 1000}""")]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no scheduler and pass over it")]
    public void A_scheduler_that_cannot_be_is_refused(string scheduler) => runtime.RunBundle(runtime.Bundle("true").SetJson("process.scheduler", scheduler)).Fails();

    [RootTheory]
    [InlineData("IOPRIO_CLASS_BE", 5, "2 5")]
    [InlineData("IOPRIO_CLASS_IDLE", 0, "3 0")]
    [InlineData("IOPRIO_CLASS_RT", 3, "1 3")]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no ioPriority")]
    public void The_priority_of_input_and_output_is_set(string name, int priority, string expected) => Assert.Equal(
        expected, Probe(runtime.Bundle("probe").SetJson("process.ioPriority", $$"""{"class": "{{name}}", "priority": {{priority}}}"""))["ioprio"]);

    [RootFact]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no ioPriority and pass over it")]
    public void A_class_of_input_and_output_that_cannot_be_is_refused() =>
        runtime.RunBundle(runtime.Bundle("true").SetJson("process.ioPriority", """{"class": "IOPRIO_CLASS_NOTHING", "priority": 1}""")).Fails();

    [RootFact]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no execCPUAffinity")]
    public void The_affinity_of_an_exec_is_final_after_the_cgroup_was_entered()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("process.execCPUAffinity", """{"initial": "0", "final": "1"}"""));
        Assert.Equal("1", new ProbeReport(container.Exec("probe").Succeeds().Stdout)["Cpus_allowed_list"]);
    }

    [RootFact]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no execCPUAffinity")]
    public void The_initial_affinity_of_an_exec_stays_when_there_is_no_final_one()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("process.execCPUAffinity", """{"initial": "0"}"""));
        Assert.Equal("0", new ProbeReport(container.Exec("probe").Succeeds().Stdout)["Cpus_allowed_list"]);
    }

    [RootTheory]
    [InlineData("""{"mode": "MPOL_BIND", "nodes": "0"}""", "2 1")]
    [InlineData("""{"mode": "MPOL_INTERLEAVE", "nodes": "0"}""", "3 1")]
    [InlineData("""{"mode": "MPOL_PREFERRED", "nodes": "0"}""", "1 1")]
    [InlineData("""{"mode": "MPOL_PREFERRED_MANY", "nodes": "0"}""", "5 1")]
    [InlineData("""{"mode": "MPOL_LOCAL"}""", "4 0")]
    [InlineData("""{"mode": "MPOL_DEFAULT"}""", "0 0")]
    [InlineData("""{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}""", "8002 1")]
    [InlineData("""{"mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_RELATIVE_NODES"]}""", "4003 1")]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no memoryPolicy; runtime-spec 1.3 has")]
    public void The_memory_policy_is_set(string policy, string expected) =>
        Assert.Equal(expected, Probe(runtime.Bundle("probe").SetJson("linux.memoryPolicy", policy))["mempolicy"]);

    [RootFact]
    public void Standard_streams_that_lead_nowhere_lead_to_the_container_s_null_device()
    {
        const string Own = "id=$(sed -n 's/^mnt_id:[^0-9]*//p' /proc/self/fdinfo/0); grep -q \"^$id \" /proc/self/mountinfo && echo own";
        TestContainer container = runtime.Start(runtime.Bundle().Shell(Own + "; exec sleep 1000"));
        container.WaitForOutput("own");
        Assert.Equal("own\n", container.Exec("sh", "-c", Own).Succeeds().Stdout);
    }

    [RootFact]
    public void What_an_image_calls_its_null_device_is_not_opened()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("ls -l /dev/null; cat; echo read").WithoutMount("/dev").WithoutMount("/dev/pts").WithoutMount("/dev/shm").WithoutMount("/dev/mqueue")
            .Mount("/dev", "bind", Directory.CreateDirectory(runtime.WorkDirectory + "/dev").FullName, "rbind");
        ChildProcess.Run(["mkfifo", runtime.WorkDirectory + "/dev/null"]).Succeeds();
        Assert.EndsWith("read\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [WeightedMemoryFact]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no memoryPolicy; runtime-spec 1.3 has")]
    public void Memory_is_spread_by_weights() =>
        Assert.Equal("6 1", Probe(runtime.Bundle("probe").SetJson("linux.memoryPolicy", """{"mode": "MPOL_WEIGHTED_INTERLEAVE", "nodes": "0"}"""))["mempolicy"]);

    [RootTheory]
    [InlineData("""{"mode": "MPOL_NOTHING", "nodes": "0"}""")]
    [InlineData("""{"mode": "MPOL_BIND", "nodes": "x"}""")]
    [InlineData("""{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_NOTHING"]}""")]
    [InlineData("""{"mode": "MPOL_BIND", "nodes": "5000"}""")]
    [Reference("runc", "1.1.5 and crun 1.8.1 have no memoryPolicy and pass over it")]
    public void A_memory_policy_that_cannot_be_is_refused(string policy) => runtime.RunBundle(runtime.Bundle("true").SetJson("linux.memoryPolicy", policy)).Fails();

    [RootFact]
    public void The_container_has_a_session_keyring_of_its_own()
    {
        ProbeReport host = new(ChildProcess.Run([BusyboxRootfs.Shared + "/bin/probe"]).Succeeds().Stdout);
        Assert.NotEqual(host["keyring"], Probe(runtime.Bundle("probe"))["keyring"]);
    }

    [RootFact]
    public void Without_a_new_keyring_the_caller_s_stays()
    {
        ProbeReport host = new(ChildProcess.Run([BusyboxRootfs.Shared + "/bin/probe"]).Succeeds().Stdout);
        Assert.Equal(host["keyring"], new ProbeReport(runtime.RunBundle(runtime.Bundle("probe"), "--no-new-keyring").Succeeds().Stdout)["keyring"]);
    }

    private ProbeReport Probe(BundleBuilder bundle) => new(runtime.RunBundle(bundle).Succeeds().Stdout);
}
