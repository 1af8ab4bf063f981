namespace Keelson.Oci.Tests;

public class RuntimeSpecParserTests
{
    private static readonly RuntimeSpec Full = Samples.Parse(Samples.Full);

    [Fact]
    public void The_top_of_a_configuration_is_read()
    {
        Assert.Equal("1.3.0", Full.OciVersion);
        Assert.Equal("rootfs", Full.Root!.Path);
        Assert.True(Full.Root.Readonly);
        Assert.Equal("cabin", Full.Hostname);
        Assert.Equal("harbour.example", Full.Domainname);
        Assert.Equal([new("org.example.key", "value"), new("org.example/empty", "")], Full.Annotations);
    }

    [Fact]
    public void A_process_is_read()
    {
        ProcessSpec process = Full.Process!;
        Assert.True(process.Terminal);
        Assert.Equal((40u, 132u), (process.ConsoleSize!.Height, process.ConsoleSize.Width));
        Assert.Equal((1000u, 1001u, 18u), (process.User.Uid, process.User.Gid, process.User.Umask));
        Assert.Equal([5u, 27u], process.User.AdditionalGids);
        Assert.Equal(["/bin/sh", "-c", "echo \"hi\" ä😀"], process.Args);
        Assert.Equal(["PATH=/bin:/usr/bin", "EMPTY="], process.Env);
        Assert.Equal("/home/keel", process.Cwd);
        Assert.Equal(["CAP_KILL", "CAP_CHOWN"], process.Capabilities!.Bounding!);
        Assert.Equal([], process.Capabilities.Inheritable!);
        Assert.True(process.NoNewPrivileges);
        Assert.Equal("keelson-default", process.ApparmorProfile);
        Assert.Equal(-500, process.OomScoreAdj);
        Assert.Equal("system_u:system_r:container_t:s0:c1,c2", process.SelinuxLabel);
    }

    [Fact]
    public void What_a_process_has_on_Linux_is_read()
    {
        ProcessSpec process = Full.Process!;
        Assert.Equal([(RlimitKind.RLIMIT_NOFILE, 1024ul, 4096ul), (RlimitKind.RLIMIT_CORE, 0ul, ulong.MaxValue)], process.Rlimits.Select(r => (r.Type, r.Soft, r.Hard)));
        Assert.Equal((IoPriorityClass.IOPRIO_CLASS_BE, 4), (process.IoPriority!.Class, process.IoPriority.Priority));
        Assert.Equal(SchedulerPolicy.SCHED_DEADLINE, process.Scheduler!.Policy);
        Assert.Equal(SchedulerFlags.SCHED_FLAG_RESET_ON_FORK | SchedulerFlags.SCHED_FLAG_RECLAIM, process.Scheduler.Flags);
        Assert.Equal((100000ul, 200000ul, 300000ul), (process.Scheduler.Runtime, process.Scheduler.Deadline, process.Scheduler.Period));
        Assert.Equal(("0-1", "1,3-5"), (process.ExecCpuAffinity!.Initial, process.ExecCpuAffinity.Final));
    }

    [Fact]
    public void Mounts_are_read_in_order()
    {
        Assert.Equal(["/proc", "/data"], Full.Mounts.Select(m => m.Destination));
        Assert.Equal(("proc", "proc"), (Full.Mounts[0].Type, Full.Mounts[0].Source));
        Assert.Equal(["rbind", "ro"], Full.Mounts[1].Options);
        Assert.Equal([new IdMapping(0, 200000, 65536)], Full.Mounts[1].UidMappings);
        Assert.Equal([new IdMapping(0, 200000, 65536)], Full.Mounts[1].GidMappings);
    }

    [Fact]
    public void Hooks_are_read()
    {
        HookSet hooks = Full.Hooks!;
        HookSpec prestart = Assert.Single(hooks.Prestart);
        Assert.Equal(("/usr/bin/setkey", 5), (prestart.Path, prestart.TimeoutSeconds));
        Assert.Equal(["setkey", "x"], prestart.Args);
        Assert.Equal(["A=1"], prestart.Env);
        Assert.Equal(["/usr/bin/a", "/usr/bin/b", "/usr/bin/c", "/usr/bin/d", "/usr/sbin/e"],
            new[] { hooks.CreateRuntime, hooks.CreateContainer, hooks.StartContainer, hooks.Poststart, hooks.Poststop }.Select(h => Assert.Single(h).Path));
    }

    [Fact]
    public void Namespaces_and_mappings_are_read()
    {
        LinuxSpec linux = Full.Linux!;
        Assert.Equal(Enum.GetValues<NamespaceKind>(), linux.Namespaces.Select(n => n.Type).Order());
        Assert.Equal("/run/netns/blue", linux.Namespaces[1].Path);
        Assert.Null(linux.Namespaces[0].Path);
        Assert.Equal([new IdMapping(0, 100000, 65536)], linux.UidMappings);
        Assert.Equal([new IdMapping(0, 100000, 65536)], linux.GidMappings);
        Assert.Equal((-172800L, 0u), (linux.TimeOffsets["monotonic"].Secs, linux.TimeOffsets["monotonic"].Nanosecs));
        Assert.Equal((86400L, 999999999u), (linux.TimeOffsets["boottime"].Secs, linux.TimeOffsets["boottime"].Nanosecs));
    }

    [Fact]
    public void Devices_are_read()
    {
        LinuxSpec linux = Full.Linux!;
        Assert.Equal([("/dev/fuse", DeviceKind.Char, 10L, 229L), ("/dev/disk", DeviceKind.Block, 8L, 0L), ("/dev/pipe", DeviceKind.Fifo, null, null)],
            linux.Devices.Select(d => (d.Path, d.Type, d.Major, d.Minor)));
        Assert.Equal((438u, 0u, 6u), (linux.Devices[0].FileMode, linux.Devices[0].Uid, linux.Devices[0].Gid));
        Assert.Equal([("eth7", "front"), ("eth8", null)], linux.NetDevices.Select(d => (d.Key, d.Value.Name)));
    }

    [Fact]
    public void The_rest_of_the_Linux_section_is_read()
    {
        LinuxSpec linux = Full.Linux!;
        Assert.Equal("/fleet/cabin", linux.CgroupsPath);
        Assert.Equal("slave", linux.RootfsPropagation);
        Assert.Equal([new("net.ipv4.ip_forward", "1"), new("kernel.shmmax", "65536")], linux.Sysctl);
        Assert.Equal(["/proc/kcore"], linux.MaskedPaths);
        Assert.Equal(["/proc/sys"], linux.ReadonlyPaths);
        Assert.Equal("system_u:object_r:container_file_t:s0:c1,c2", linux.MountLabel);
        Assert.Equal(("gold", "L3:0=7f0", "MB:0=20", true), (linux.IntelRdt!.ClosId, linux.IntelRdt.L3CacheSchema, linux.IntelRdt.MemBwSchema, linux.IntelRdt.EnableMonitoring));
        Assert.Equal(["L3:0=7f0;1=1f", "MB:0=20;1=70"], linux.IntelRdt.Schemata);
        Assert.Equal(PersonalityDomain.LINUX32, linux.Personality!.Domain);
        Assert.Equal((MemoryPolicyMode.MPOL_INTERLEAVE, "0-1", MemoryPolicyFlags.MPOL_F_STATIC_NODES),
            (linux.MemoryPolicy!.Mode, linux.MemoryPolicy.Nodes, linux.MemoryPolicy.Flags));
    }

    [Fact]
    public void A_seccomp_profile_is_read()
    {
        SeccompProfile profile = Full.Linux!.Seccomp!;
        Assert.Equal((SeccompAction.SCMP_ACT_ERRNO, 38u), (profile.DefaultAction, profile.DefaultErrnoRet));
        Assert.Equal([SeccompArchitecture.SCMP_ARCH_X86_64, SeccompArchitecture.SCMP_ARCH_X86, SeccompArchitecture.SCMP_ARCH_X32], profile.Architectures);
        Assert.Equal(SeccompFlags.SECCOMP_FILTER_FLAG_LOG | SeccompFlags.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, profile.Flags);
        Assert.Equal(("/run/agent.sock", "colour=blue"), (profile.ListenerPath, profile.ListenerMetadata));
        Assert.Equal(["read", "write", "exit_group"], profile.Syscalls[0].Names);
        SeccompArgument masked = Assert.Single(profile.Syscalls[2].Args);
        Assert.Equal((0u, 2114060288ul, 0ul, SeccompOperator.SCMP_CMP_MASKED_EQ), (masked.Index, masked.Value, masked.ValueTwo, masked.Op));
        Assert.Equal((SeccompAction.SCMP_ACT_ERRNO, 1u), (profile.Syscalls[4].Action, profile.Syscalls[4].ErrnoRet));
    }

    [Fact]
    public void Flags_of_a_seccomp_profile_that_are_absent_are_not_the_same_as_none()
    {
        Assert.Null(SeccompProfileParser.Parse("""{"defaultAction":"SCMP_ACT_ALLOW"}"""u8).Flags);
        Assert.Equal(SeccompFlags.None, SeccompProfileParser.Parse("""{"defaultAction":"SCMP_ACT_ALLOW","flags":[]}"""u8).Flags);
    }

    [Fact]
    public void Limits_of_memory_cpu_and_tasks_are_read()
    {
        LinuxResources resources = Full.Linux!.Resources!;
        MemoryResources memory = resources.Memory!;
        Assert.Equal((536870912L, 268435456L, -1L, -1L, -1L), (memory.Limit, memory.Reservation, memory.Swap, memory.Kernel, memory.KernelTcp));
        Assert.Equal((60ul, false, true, true), (memory.Swappiness, memory.DisableOomKiller, memory.UseHierarchy, memory.CheckBeforeUpdate));
        CpuResources cpu = resources.Cpu!;
        Assert.Equal((1024ul, 50000L, 10000ul, 100000ul), (cpu.Shares, cpu.Quota, cpu.Burst, cpu.Period));
        Assert.Equal((950000L, 1000000ul, "0-1", "0", 0L), (cpu.RealtimeRuntime, cpu.RealtimePeriod, cpu.Cpus, cpu.Mems, cpu.Idle));
        Assert.Equal(0L, resources.Pids!.Limit);
    }

    [Fact]
    public void Limits_of_devices_and_networks_are_read()
    {
        LinuxResources resources = Full.Linux!.Resources!;
        Assert.Equal(
            [
                (false, DeviceKind.All, null, null, DeviceAccess.All),
                (true, DeviceKind.Char, 10L, 229L, DeviceAccess.Read | DeviceAccess.Write),
                (true, DeviceKind.Block, 8L, (long?)null, DeviceAccess.Read),
            ],
            resources.Devices.Select(d => (d.Allow, d.Type, d.Major, d.Minor, d.Access!.Value)));
        BlockIoResources io = resources.BlockIo!;
        Assert.Equal(((ushort)500, (ushort)300), (io.Weight, io.LeafWeight));
        Assert.Equal((8L, 0L, (ushort)500, (ushort)300), io.WeightDevice.Select(d => (d.Major, d.Minor, d.Weight!.Value, d.LeafWeight!.Value)).Single());
        Assert.Equal([(0L, 600ul), (1L, 601ul), (2L, 602ul), (3L, ulong.MaxValue)],
            new[] { io.ThrottleReadBpsDevice, io.ThrottleWriteBpsDevice, io.ThrottleReadIopsDevice, io.ThrottleWriteIopsDevice }.Select(d => (d.Single().Minor, d.Single().Rate)));
        Assert.Equal(("2MB", 9223372036854772000ul), (resources.HugepageLimits.Single().PageSize, resources.HugepageLimits.Single().Limit));
        Assert.Equal((1048577u, "eth0", 500u), (resources.Network!.ClassId!.Value, resources.Network.Priorities.Single().Name, resources.Network.Priorities.Single().Priority));
        Assert.Equal([("mlx5_1", 3u, 10000u), ("rxe3", null, 1000u)], resources.Rdma.Select(d => (d.Key, d.Value.HcaHandles, d.Value.HcaObjects)));
        Assert.Equal("259:0 rbps=2097152\n253:0 wiops=120", resources.Unified["io.max"]);
    }

    [Fact]
    public void Minus_one_in_a_device_rule_means_all_numbers()
    {
        DeviceRule rule = Assert.Single(LinuxResourcesParser.Parse("""{"devices":[{"allow":true,"type":"c","major":-1,"minor":-1,"access":"rwm"}]}"""u8).Devices);
        Assert.Equal((null, null), (rule.Major, rule.Minor));
    }

    [Fact]
    public void Absent_null_and_empty_are_the_same()
    {
        foreach (string json in new[]
        {
            """{"ociVersion":"1.0.0"}""",
            """{"ociVersion":"1.0.0","process":null,"root":null,"hostname":null,"mounts":null,"hooks":null,"annotations":null,"linux":null}""",
            """{"ociVersion":"1.0.0","hostname":"","mounts":[],"annotations":{},"annotations":{"a":null}}""",
        })
        {
            RuntimeSpec spec = Samples.Parse(json);
            Assert.Equal((null, null, null, null, null), (spec.Process, spec.Root, spec.Hostname, spec.Hooks, spec.Linux));
            Assert.Empty(spec.Mounts);
            Assert.Empty(spec.Annotations);
        }
    }

    [Fact]
    public void A_process_without_a_user_runs_as_root()
    {
        ProcessSpec process = ProcessSpecParser.Parse("""{"args":["sh"],"cwd":"/"}"""u8);
        Assert.Equal((0u, 0u), (process.User.Uid, process.User.Gid));
    }

    [Theory]
    [InlineData("""{"linux.x":[{"a":[null,true,-0.5e+3]}],"ociVersion":"1.0.0"}""")]
    [InlineData("""{"\ud800":1,"ociVersion":"1.0.0","\udc00\ud800":{"\ud800":2}}""")]
    [InlineData("""{"ociVersion":"1.0.0","windows":{"layerFolders":7},"linux":{"future":[[[]]],"namespaces":[{"type":"pid","note":{}}]}}""")]
    public void Unknown_properties_are_ignored_whatever_they_hold(string json) => Assert.Equal("1.0.0", Samples.Parse(json).OciVersion);

    [Fact]
    public void Of_a_property_that_comes_twice_the_last_counts()
    {
        RuntimeSpec spec = Samples.Parse("""{"ociVersion":"1.0.0","hostname":"a","root":{"path":"x","readonly":true},"root":{"path":"y"},"hostname":"b","annotations":{"k":"1","k":"2"}}""");
        Assert.Equal(("b", "y", false, "2"), (spec.Hostname, spec.Root!.Path, spec.Root.Readonly, spec.Annotations["k"]));
    }

    [Fact]
    public void Names_may_be_written_with_escape_sequences_and_are_case_sensitive()
    {
        RuntimeSpec spec = Samples.Parse("""{"oci\u0056ersion":"1.0.0","host\u006eame":"a","Hostname":"b"}""");
        Assert.Equal(("1.0.0", "a"), (spec.OciVersion, spec.Hostname));
    }

    [Fact]
    public void A_byte_order_mark_and_whitespace_around_the_document_are_passed_over()
    {
        Assert.Equal("1.0.0", Samples.Parse("\uFEFF\r\n\t {\"ociVersion\" : \"1.0.0\" } \n").OciVersion);
    }

    [Fact]
    public void The_filter_can_be_left_for_later()
    {
        byte[] json = Samples.Utf8("\uFEFF" + Samples.Full);
        RuntimeSpec spec = RuntimeSpecParser.ParseWithoutSeccomp(json, out Range seccomp);
        Assert.Null(spec.Linux!.Seccomp);
        spec.Linux.Seccomp = SeccompProfileParser.Parse(json.AsSpan(seccomp));
        Model.AssertEqual(Full, spec);
    }

    [Theory]
    [InlineData("""{"ociVersion":"1.0.0"}""")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"seccomp":null}}""")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"seccomp":{},"seccomp":null}}""")]
    public void A_filter_that_is_not_there_is_nowhere(string json)
    {
        RuntimeSpecParser.ParseWithoutSeccomp(Samples.Utf8(json), out Range seccomp);
        Assert.Equal(default, seccomp);
    }

    [Fact]
    public void A_filter_that_is_left_for_later_is_JSON()
    {
        OciFormatException e = Assert.Throws<OciFormatException>(() => RuntimeSpecParser.ParseWithoutSeccomp("""{"ociVersion":"1.0.0","linux":{"seccomp":{"a":[1,]}}}"""u8, out _));
        Assert.Equal("config.json: linux.seccomp.a[1]: is not valid JSON: line 1, byte 50: a value is missing", e.Message);
        Assert.Equal("linux.seccomp", Assert.Throws<OciFormatException>(() => RuntimeSpecParser.ParseWithoutSeccomp("""{"linux":{"seccomp":[]}}"""u8, out _)).PropertyPath);
    }
}
