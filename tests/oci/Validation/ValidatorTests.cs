namespace Keelson.Oci.Tests;

public class ValidatorTests
{
    private const string Process = "\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\"";

    [Fact]
    public void A_configuration_that_uses_every_section_is_valid()
    {
        SpecFindings found = RuntimeSpecValidator.Validate(Samples.Parse(Samples.Full));
        Assert.Empty(found.Errors);
        Assert.Equal(["linux.resources.memory.kernel: is not recommended and has no effect since Linux 5.4"], found.Warnings.Select(w => w.ToString()));
        found.ThrowIfInvalid();
    }

    [Fact]
    public void The_least_configuration_is_valid_without_warnings()
    {
        SpecFindings found = RuntimeSpecValidator.Validate(Samples.Parse(Samples.Minimal));
        Assert.True(found.IsValid);
        Assert.Empty(found.Warnings);
    }

    [Theory]
    [InlineData("1.0.2-dev", null)]
    [InlineData("1.0.0-rc5", null)]
    [InlineData("1.99.7+build.5", null)]
    [InlineData("0.9.0", "version 0 of the specification is not supported; 1 is")]
    [InlineData("2.0.0", "version 2 of the specification is not supported; 1 is")]
    [InlineData("1.0", "'1.0' is not a version of the form 1.2.3 (SemVer 2.0)")]
    [InlineData("1.0.x", "'1.0.x' is not a version of the form 1.2.3 (SemVer 2.0)")]
    [InlineData("01.0.0", "'01.0.0' is not a version of the form 1.2.3 (SemVer 2.0)")]
    [InlineData("1.0.0-", "'1.0.0-' is not a version of the form 1.2.3 (SemVer 2.0)")]
    public void The_version_is_one_that_is_implemented(string version, string? problem) =>
        Assert.Equal(problem is null ? [] : ["ociVersion: " + problem], Errors("\"root\":{\"path\":\"r\"}", version));

    [Theory]
    [InlineData("\"root\":null", "root: is missing, and required")]
    [InlineData("\"process\":{\"cwd\":\"/\"}", "process.args: is empty")]
    [InlineData("\"process\":{\"cwd\":\"/\",\"args\":[\"\"]}", "process.args[0]: is empty; it names the program")]
    [InlineData("\"process\":{\"cwd\":\"home\",\"args\":[\"sh\"]}", "process.cwd: 'home' is not absolute")]
    [InlineData(Process + ",\"user\":{\"uid\":0,\"gid\":0,\"umask\":512}}", "process.user.umask: is more than 0777 octal (511)")]
    [InlineData(Process + ",\"consoleSize\":{\"height\":65536,\"width\":1}}", "process.consoleSize: is larger than 65535 by 65535")]
    [InlineData(Process + ",\"oomScoreAdj\":1001}", "process.oomScoreAdj: 1001 is not between -1000 and 1000")]
    [InlineData(Process + ",\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":2,\"hard\":1}]}", "process.rlimits[0].soft: 2 is more than the hard limit 1")]
    [InlineData(Process + ",\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1},{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1}]}", "process.rlimits[1].type: RLIMIT_AS comes twice")]
    [InlineData(Process + ",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":8}}", "process.ioPriority.priority: 8 is not between 0 and 7")]
    [InlineData(Process + ",\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":20}}", "process.scheduler.nice: 20 is not between -20 and 19")]
    [InlineData(Process + ",\"scheduler\":{\"policy\":\"SCHED_FIFO\"}}", "process.scheduler.priority: 0 is not between 1 and 99")]
    [InlineData(Process + ",\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"priority\":5}}", "process.scheduler.priority: is for SCHED_FIFO and SCHED_RR, not for SCHED_BATCH")]
    [InlineData(Process + ",\"scheduler\":{\"policy\":\"SCHED_IDLE\",\"runtime\":5}}", "process.scheduler: has runtime, deadline or period, which are for SCHED_DEADLINE, not for SCHED_IDLE")]
    [InlineData(Process + ",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5,\"deadline\":4}}", "process.scheduler: needs 0 < runtime <= deadline <= period for SCHED_DEADLINE")]
    [InlineData(Process + ",\"execCPUAffinity\":{\"initial\":\"0-1\",\"final\":\"3-2\"}}", "process.execCPUAffinity.final: '3-2' is not a list like 0-3,7")]
    [InlineData("\"annotations\":{\"\":\"x\"}", "annotations: has an empty key")]
    [InlineData("\"hooks\":{\"createRuntime\":[{\"path\":\"bin/x\"}]}", "hooks.createRuntime[0].path: 'bin/x' is not absolute")]
    [InlineData("\"hooks\":{\"poststop\":[{\"path\":\"/a\"},{\"path\":\"/b\",\"timeout\":0}]}", "hooks.poststop[1].timeout: is not greater than 0")]
    [InlineData("\"hostname\":\"a\"", "hostname: needs a uts namespace; without one it would change the machine's")]
    [InlineData("\"domainname\":\"a\",\"linux\":{}", "domainname: needs a uts namespace; without one it would change the machine's")]
    [InlineData("\"hostname\":\"ääääääääääääääääääääääääääääääääää\",\"linux\":{\"namespaces\":[{\"type\":\"uts\"}]}", "hostname: is longer than 64 bytes")]
    [InlineData("\"mounts\":[{\"destination\":\"/a\",\"type\":\"bind\"}]", "mounts[0].source: is missing, and required for a bind mount")]
    [InlineData("\"mounts\":[{\"destination\":\"/a\",\"options\":[\"ro\",\"rbind\"]}]", "mounts[0].source: is missing, and required for a bind mount")]
    [InlineData("\"mounts\":[{\"destination\":\"/a\",\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]}]", "mounts[0]: has only one of uidMappings and gidMappings")]
    public void A_rule_of_config_that_is_broken_is_an_error(string properties, string error) => Assert.Equal([error], Errors(properties));

    [Theory]
    [InlineData("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\",\"path\":\"/x\"}]", "namespaces[1].type: pid comes twice")]
    [InlineData("\"namespaces\":[{\"type\":\"pid\",\"path\":\"proc/1/ns/pid\"}]", "namespaces[0].path: 'proc/1/ns/pid' is not absolute")]
    [InlineData("\"namespaces\":[{\"type\":\"user\"}]", "uidMappings: is missing; a new user namespace needs it")]
    [InlineData("\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]", "uidMappings: needs a user namespace", "gidMappings: needs a user namespace")]
    [InlineData("\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]", "gidMappings: is missing; uidMappings is given")]
    [InlineData("\"namespaces\":[{\"type\":\"user\"}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]", "uidMappings: is missing; gidMappings is given")]
    [InlineData("\"namespaces\":[{\"type\":\"user\"}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}],\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":0}]", "uidMappings[0].size: is 0")]
    [InlineData("\"namespaces\":[{\"type\":\"user\"}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}],\"uidMappings\":[{\"containerID\":1,\"hostID\":0,\"size\":4294967295}]", "uidMappings[0].size: goes beyond the largest id")]
    [InlineData("\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}],\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":9},{\"containerID\":50,\"hostID\":9,\"size\":1}]", "gidMappings[1]: overlaps entry 0")]
    [InlineData("\"timeOffsets\":{\"boottime\":{\"secs\":1}}", "timeOffsets: needs a time namespace")]
    [InlineData("\"namespaces\":[{\"type\":\"time\",\"path\":\"/t\"}],\"timeOffsets\":{\"boottime\":{\"secs\":1}}", "timeOffsets: is for a new time namespace; this one is joined")]
    [InlineData("\"namespaces\":[{\"type\":\"time\"}],\"timeOffsets\":{\"realtime\":{}}", "timeOffsets.realtime: is no clock; monotonic and boottime are")]
    [InlineData("\"namespaces\":[{\"type\":\"time\"}],\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}", "timeOffsets.boottime.nanosecs: is more than 999999999")]
    [InlineData("\"devices\":[{\"path\":\"dev/x\",\"type\":\"p\"}]", "devices[0].path: 'dev/x' is not absolute")]
    [InlineData("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"minor\":1}]", "devices[0].major: is missing, and required for this type")]
    [InlineData("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"b\",\"major\":1}]", "devices[0].minor: is missing, and required for this type")]
    [InlineData("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"u\",\"major\":4096,\"minor\":-1}]", "devices[0].major: 4096 is not between 0 and 4095", "devices[0].minor: -1 is not between 0 and 1048575")]
    [InlineData("\"netDevices\":{\"eth0\":{}}", "netDevices: needs a network namespace")]
    [InlineData("\"namespaces\":[{\"type\":\"network\"}],\"netDevices\":{\"a/b\":{\"name\":\"x\"}}", "netDevices[\"a/b\"]: is not a name of an interface")]
    [InlineData("\"namespaces\":[{\"type\":\"network\"}],\"netDevices\":{\"a\":{\"name\":\"..\"}}", "netDevices.a.name: '..' is not a name of an interface")]
    [InlineData("\"namespaces\":[{\"type\":\"network\"}],\"netDevices\":{\"a\":{\"name\":\"0123456789abcdef\"}}", "netDevices.a.name: '0123456789abcdef' is not a name of an interface")]
    [InlineData("\"namespaces\":[{\"type\":\"network\"}],\"netDevices\":{\"a\":{\"name\":\"%d%d\"}}", "netDevices.a.name: '%d%d' is not a name of an interface")]
    [InlineData("\"namespaces\":[{\"type\":\"network\"}],\"netDevices\":{\"a\":{\"name\":\"b\"},\"b\":{}}", "netDevices.b.name: 'b' comes twice")]
    [InlineData("\"cgroupsPath\":\"/a/../b\"", "cgroupsPath: '/a/../b' has '..' in it")]
    [InlineData("\"rootfsPropagation\":\"public\"", "rootfsPropagation: 'public' is none of shared, slave, private, unbindable")]
    [InlineData("\"maskedPaths\":[\"/a\"]", "maskedPaths: needs a mount namespace; without one it would change the machine's files")]
    [InlineData("\"namespaces\":[{\"type\":\"mount\"}],\"maskedPaths\":[\"/a\",\"b\"]", "maskedPaths[1]: 'b' is not absolute")]
    [InlineData("\"namespaces\":[{\"type\":\"mount\"}],\"readonlyPaths\":[\"\"]", "readonlyPaths[0]: '' is not absolute")]
    [InlineData("\"intelRdt\":{\"closID\":\"..\"}", "intelRdt.closID: '..' is not the name of a directory")]
    [InlineData("\"intelRdt\":{\"closID\":\"a/b\"}", "intelRdt.closID: 'a/b' is not the name of a directory")]
    [InlineData("\"intelRdt\":{\"memBwSchema\":\"L3:0=7\"}", "intelRdt.memBwSchema: is not one line that begins with MB:")]
    [InlineData("\"intelRdt\":{\"schemata\":[\"a\\nb\"]}", "intelRdt.schemata[0]: is not one line")]
    [InlineData("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}", "personality.flags: is not empty; the specification defines no flags")]
    [InlineData("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\"}", "memoryPolicy.nodes: is missing, and required for MPOL_BIND")]
    [InlineData("\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\",\"nodes\":\"0\"}", "memoryPolicy.nodes: is not for MPOL_LOCAL")]
    [InlineData("\"memoryPolicy\":{\"mode\":\"MPOL_DEFAULT\",\"flags\":[\"MPOL_F_STATIC_NODES\"]}", "memoryPolicy.flags: are not for MPOL_DEFAULT")]
    [InlineData("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"x\"}", "memoryPolicy.nodes: 'x' is not a list like 0-3,7")]
    [InlineData("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_STATIC_NODES\",\"MPOL_F_RELATIVE_NODES\"]}", "memoryPolicy.flags: has both MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES")]
    [InlineData("\"memoryPolicy\":{\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0\",\"flags\":[\"MPOL_F_NUMA_BALANCING\"]}", "memoryPolicy.flags: has MPOL_F_NUMA_BALANCING, which is for MPOL_BIND and MPOL_PREFERRED_MANY")]
    public void A_rule_of_config_linux_that_is_broken_is_an_error(string properties, params string[] errors) =>
        Assert.Equal(errors.Select(e => "linux." + e), Errors($"\"linux\":{{{properties}}}"));

    [Theory]
    [InlineData("net.ipv4.ip_forward", "needs a network namespace; without one it would change the machine's")]
    [InlineData("net/ipv4/conf/eth0.1/forwarding", "needs a network namespace; without one it would change the machine's")]
    [InlineData("kernel.shm_rmid_forced", "needs a ipc namespace; without one it would change the machine's")]
    [InlineData("fs.mqueue.msg_max", "needs a ipc namespace; without one it would change the machine's")]
    [InlineData("kernel.domainname", "needs a uts namespace; without one it would change the machine's")]
    [InlineData("kernel.hostname", "is not set this way; use the property hostname")]
    [InlineData("kernel.core_pattern", "belongs to the whole machine, not to a namespace")]
    [InlineData("vm.swappiness", "belongs to the whole machine, not to a namespace")]
    [InlineData("net/../kernel/core_pattern", "is not a name of a kernel parameter")]
    [InlineData("net.//.kernel.core_pattern", "is not a name of a kernel parameter")]
    [InlineData("net..ipv4", "is not a name of a kernel parameter")]
    [InlineData("/net/ipv4/ip_forward", "is not a name of a kernel parameter")]
    [InlineData("", "is not a name of a kernel parameter")]
    public void A_kernel_parameter_belongs_to_a_namespace_of_the_container(string name, string error) =>
        Assert.Equal([$"linux.sysctl[\"{name}\"]: {error}"], Errors($"\"linux\":{{\"sysctl\":{{\"{name}\":\"1\"}}}}"));

    [Fact]
    public void A_kernel_parameter_of_a_namespace_of_the_container_is_valid()
    {
        Assert.Empty(Errors("""
            "linux":{"namespaces":[{"type":"network"},{"type":"ipc"},{"type":"uts"}],
              "sysctl":{"net.ipv4.ip_forward":"1","kernel.sem":"1 2 3 4","fs.mqueue.msg_max":"9","kernel.domainname":"a"}}
            """));
    }

    [Fact]
    public void The_group_of_all_is_a_class_of_service() => Assert.Empty(Errors("""  "linux":{"intelRdt":{"closID":"/"}} """));

    [Fact]
    public void The_domain_name_comes_from_one_place()
    {
        Assert.Equal(["linux.sysctl[\"kernel.domainname\"]: contradicts the property domainname"],
            Errors("""  "domainname":"a","linux":{"namespaces":[{"type":"uts"}],"sysctl":{"kernel.domainname":"a"}} """));
    }

    [Fact]
    public void Mappings_are_limited_to_what_the_kernel_takes()
    {
        static string Mappings(int count) => string.Join(',', Enumerable.Range(0, count).Select(i => $"{{\"containerID\":{i},\"hostID\":{i},\"size\":1}}"));
        static string Linux(int count) => $"\"linux\":{{\"namespaces\":[{{\"type\":\"user\"}}],\"uidMappings\":[{Mappings(count)}],\"gidMappings\":[{Mappings(1)}]}}";
        Assert.Empty(Errors(Linux(340)));
        Assert.Equal(["linux.uidMappings: has more than 340 entries, which the kernel does not take"], Errors(Linux(10_000)));
    }

    [Theory]
    [InlineData("\"mounts\":[{\"destination\":\"data\",\"type\":\"tmpfs\"}]", "mounts[0].destination: 'data' is not absolute and taken from /")]
    [InlineData(Process + ",\"env\":[\"A=b\",\"C\",\"=d\"]}", "process.env[1]: 'C' is not of the form NAME=value", "process.env[2]: '=d' is not of the form NAME=value")]
    [InlineData(Process + ",\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"ambient\":[\"CAP_FLY\",\"cap_kill\"]}}", "process.capabilities.ambient[0]: 'CAP_FLY' is not a known capability and ignored", "process.capabilities.ambient[1]: 'cap_kill' is not a known capability and ignored")]
    [InlineData("\"linux\":{\"devices\":[{\"path\":\"/a\",\"type\":\"c\",\"major\":1,\"minor\":3},{\"path\":\"/b\",\"type\":\"c\",\"major\":1,\"minor\":3}]}", "linux.devices[1]: is the same device as entry 0")]
    [InlineData("\"linux\":{\"intelRdt\":{\"l3CacheSchema\":\"L3:0=1\\nMB:0=2\"}}", "linux.intelRdt.l3CacheSchema: should be one line")]
    public void What_is_doubtful_is_a_warning(string properties, params string[] warnings)
    {
        SpecFindings found = Validate(properties);
        Assert.Empty(found.Errors);
        Assert.Equal(warnings, found.Warnings.Select(w => w.ToString()));
    }

    [Fact]
    public void A_relative_mount_destination_is_made_absolute()
    {
        RuntimeSpec spec = Samples.Parse("""{"ociVersion":"1.0.0","root":{"path":"r"},"mounts":[{"destination":"a/b"}]}""");
        RuntimeSpecValidator.Validate(spec);
        Assert.Equal("/a/b", spec.Mounts[0].Destination);
    }

    [Fact]
    public void All_errors_are_found_and_the_exception_is_about_the_first()
    {
        SpecFindings found = Validate("\"process\":{\"cwd\":\"x\"},\"hostname\":\"a\"");
        Assert.Equal(["process.args", "process.cwd", "hostname"], found.Errors.Select(e => e.PropertyPath));
        OciFormatException e = Assert.Throws<OciFormatException>(() => found.ThrowIfInvalid("config.json"));
        Assert.Equal("config.json: process.args: is empty (and 2 more)", e.Message);
        Assert.Equal("process.args", e.PropertyPath);
    }

    [Fact]
    public void A_process_alone_is_checked_without_a_prefix() =>
        Assert.Equal(["args: is empty"], RuntimeSpecValidator.ValidateProcess(ProcessSpecParser.Parse("""{"cwd":"/"}"""u8)).Errors.Select(e => e.ToString()));

    private static SpecFindings Validate(string properties, string version = "1.0.0") => RuntimeSpecValidator.Validate(
        Samples.Parse($"{{\"ociVersion\":\"{version}\",\"root\":{{\"path\":\"rootfs\"}},{properties}}}"));

    private static IEnumerable<string> Errors(string properties, string version = "1.0.0") => Validate(properties, version).Errors.Select(e => e.ToString());
}
