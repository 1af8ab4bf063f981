namespace Keelson.Oci.Tests;

public class RejectionTests
{
    [Theory]
    // Wrong types.
    [InlineData("""{"ociVersion":1}""", "ociVersion: is a number, not a string")]
    [InlineData("""{"ociVersion":"1.0.0","process":[]}""", "process: is an array, not an object")]
    [InlineData("""{"ociVersion":"1.0.0","root":{"path":{}}}""", "root.path: is an object, not a string")]
    [InlineData("""{"ociVersion":"1.0.0","root":{"path":"a","readonly":"yes"}}""", "root.readonly: is a string, not true or false")]
    [InlineData("""{"ociVersion":"1.0.0","mounts":{}}""", "mounts: is an object, not an array")]
    [InlineData("""{"ociVersion":"1.0.0","mounts":[{"destination":"/a","options":["x",null]}]}""", "mounts[0].options[1]: is null, not a string")]
    [InlineData("""{"ociVersion":"1.0.0","mounts":[{"destination":"/a"},null]}""", "mounts[1]: is null, not an object")]
    [InlineData("""{"ociVersion":"1.0.0","hooks":{"poststop":[{"path":"/a","timeout":"5"}]}}""", "hooks.poststop[0].timeout: is a string, not a whole number")]
    [InlineData("""{"ociVersion":"1.0.0","annotations":{"a":"b","org.x/y":true}}""", "annotations[\"org.x/y\"]: is true or false, not a string")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"sysctl":{"net.core.somaxconn":256}}}""", "linux.sysctl[\"net.core.somaxconn\"]: is a number, not a string")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"rdma":{"mlx":{"hcaHandles":true}}}}}""", "linux.resources.rdma.mlx.hcaHandles: is true or false, not a whole number")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"unified":["a"]}}}""", "linux.resources.unified: is an array, not an object")]
    [InlineData("[]", "is an array, not an object")]
    [InlineData("null", "is null, not an object")]
    // Numbers out of range or not whole.
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","user":{"uid":-1,"gid":0}}}""", "process.user.uid: -1 is not between 0 and 4294967295")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","user":{"uid":4294967296,"gid":0}}}""", "process.user.uid: 4294967296 is not between 0 and 4294967295")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","user":{"uid":0,"gid":0,"additionalGids":[1,2,10.0]}}}""", "process.user.additionalGids[2]: 10.0 is not a whole number; write it without point and exponent")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","oomScoreAdj":1e3}}""", "process.oomScoreAdj: 1e3 is not a whole number; write it without point and exponent")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","oomScoreAdj":2147483648}}""", "process.oomScoreAdj: 2147483648 is not between -2147483648 and 2147483647")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"memory":{"limit":9223372036854775808}}}}""", "linux.resources.memory.limit: 9223372036854775808 is not between -9223372036854775808 and 9223372036854775807")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"memory":{"limit":1e999}}}}""", "linux.resources.memory.limit: 1e999 is not a whole number; write it without point and exponent")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"cpu":{"shares":18446744073709551616}}}}""", "linux.resources.cpu.shares: 18446744073709551616 is not between 0 and 18446744073709551615")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"blockIO":{"weight":65536}}}}""", "linux.resources.blockIO.weight: 65536 is not between 0 and 65535")]
    // Names that are none.
    [InlineData("""{"ociVersion":"1.0.0","linux":{"namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"uts"},{"type":"foo"}]}}""", "linux.namespaces[3].type: 'foo' is not a namespace type")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"devices":[{"path":"/dev/x","type":"a"}]}}""", "linux.devices[0].type: 'a' is not a device type (c, b, u or p)")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"devices":[{"allow":true,"type":"p"}]}}}""", "linux.resources.devices[0].type: 'p' is not a device type (a, c or b)")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"devices":[{"allow":true,"access":"rx"}]}}}""", "linux.resources.devices[0].access: 'rx' is not made of r, w and m")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","rlimits":[{"type":"RLIMIT_FOO","soft":1,"hard":1}]}}""", "process.rlimits[0].type: 'RLIMIT_FOO' is not a resource limit")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","scheduler":{"policy":"SCHED_FAST"}}}""", "process.scheduler.policy: 'SCHED_FAST' is not a scheduling policy")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","scheduler":{"policy":"SCHED_RR","flags":["X"]}}}""", "process.scheduler.flags[0]: 'X' is not a scheduling flag")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","ioPriority":{"class":"RT","priority":1}}}""", "process.ioPriority.class: 'RT' is not an I/O scheduling class")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"personality":{"domain":"BSD"}}}""", "linux.personality.domain: 'BSD' is not an execution domain (LINUX or LINUX32)")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"memoryPolicy":{"mode":"MPOL_X"}}}""", "linux.memoryPolicy.mode: 'MPOL_X' is not a memory policy")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"memoryPolicy":{"mode":"MPOL_BIND","flags":["MPOL_F_X"]}}}""", "linux.memoryPolicy.flags[0]: 'MPOL_F_X' is not a memory policy flag")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"seccomp":{"defaultAction":"ALLOW"}}}""", "linux.seccomp.defaultAction: 'ALLOW' is not a seccomp action")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_VAX"]}}}""", "linux.seccomp.architectures[0]: 'SCMP_ARCH_VAX' is not a seccomp architecture")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_NEW_LISTENER"]}}}""", "linux.seccomp.flags[0]: 'SECCOMP_FILTER_FLAG_NEW_LISTENER' is not a seccomp flag")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"=="}]}]}}}""", "linux.seccomp.syscalls[0].args[0].op: '==' is not a seccomp operator")]
    // What is required and missing.
    [InlineData("{}", "ociVersion: is missing or empty, and required")]
    [InlineData("""{"ociVersion":""}""", "ociVersion: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","root":{"readonly":true}}""", "root.path: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"args":["sh"]}}""", "process.cwd: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","user":{"uid":1000}}}""", "process.user.gid: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","consoleSize":{"height":1}}}""", "process.consoleSize.width: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","rlimits":[{"type":"RLIMIT_AS","soft":1}]}}""", "process.rlimits[0].hard: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","mounts":[{"destination":"/a"},{"type":"tmpfs"}]}""", "mounts[1].destination: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","hooks":{"prestart":[{}]}}""", "hooks.prestart[0].path: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"namespaces":[{"path":"/x"}]}}""", "linux.namespaces[0].type: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"uidMappings":[{"containerID":0,"hostID":0}]}}""", "linux.uidMappings[0].size: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"devices":[{"path":"/dev/x"}]}}""", "linux.devices[0].type: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"devices":[{"access":"r"}]}}}""", "linux.resources.devices[0].allow: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"hugepageLimits":[{"limit":1}]}}}""", "linux.resources.hugepageLimits[0].pageSize: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"network":{"priorities":[{"name":"eth0"}]}}}}""", "linux.resources.network.priorities[0].priority: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"blockIO":{"weightDevice":[{"major":8}]}}}}""", "linux.resources.blockIO.weightDevice[0].minor: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"resources":{"blockIO":{"throttleReadBpsDevice":[{"major":8,"minor":0}]}}}}""", "linux.resources.blockIO.throttleReadBpsDevice[0].rate: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"seccomp":{}}}""", "linux.seccomp.defaultAction: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"action":"SCMP_ACT_ALLOW"}]}}}""", "linux.seccomp.syscalls[0].names: is missing or empty, and required")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ"}]}]}}}""", "linux.seccomp.syscalls[0].args[0].value: is missing or empty, and required")]
    // Strings that cannot be handed to the kernel or are no text.
    [InlineData("""{"ociVersion":"1.0.0","process":{"cwd":"/","args":["a","b\u0000c"]}}""", "process.args[1]: has a NUL character")]
    [InlineData("""{"ociVersion":"1.0.0","linux":{"sysctl":{"net.a\u0000":"1"}}}""", "linux.sysctl[\"net.a\\u0000\"]: has a NUL character in its name")]
    [InlineData("""{"ociVersion":"1.0.0","hostname":"\ud800x"}""", "hostname: has half of a surrogate pair")]
    [InlineData("""{"ociVersion":"1.0.0","annotations":{"\ud800":"x"}}""", "annotations[\"\\ud800\"]: has half of a surrogate pair in its name")]
    [InlineData("""{"ociVersion":"1.0.0","hostname":"\udc00\ud800"}""", "hostname: has half of a surrogate pair")]
    public void A_wrong_value_is_refused_with_its_path(string json, string message)
    {
        OciFormatException e = Assert.Throws<OciFormatException>(() => Samples.Parse(json));
        Assert.Equal("config.json: " + message, e.Message);
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
    }

    [Theory]
    [InlineData("", "is not valid JSON: line 1, byte 1, at the end of the document: a value is missing")]
    [InlineData("{\"ociVersion\":\"1.0.0\"", "ociVersion: is not valid JSON: line 1, byte 22, at the end of the document: a comma is missing")]
    [InlineData("{\"ociVersion\":\"1.0.0\"}x", "is not valid JSON: line 1, byte 23: has more after its end")]
    [InlineData("{\"ociVersion\":\"1.0.0\",}", "is not valid JSON: line 1, byte 23: a property name is missing")]
    [InlineData("{\n  \"mounts\": [\n    {},,\n", "mounts[0].destination: is missing or empty, and required")]
    [InlineData("{\n  \"mounts\": [\n    {\"destination\":\"/\"},,\n", "mounts[1]: is not valid JSON: line 3, byte 25: a value is missing")]
    [InlineData("{\"a\" 1}", "is not valid JSON: line 1, byte 6: a colon is missing")]
    [InlineData("{\"a\":01}", "a: is not valid JSON: line 1, byte 7: a comma is missing")]
    [InlineData("{\"a\":-}", "a: is not valid JSON: line 1, byte 7: a value is missing")]
    [InlineData("{\"a\":nul}", "a: is not valid JSON: line 1, byte 6: a value is missing")]
    [InlineData("{\"hostname\":\"a\tb\"}", "hostname: is not valid JSON: line 1, byte 15: a string holds a control character")]
    [InlineData("{\"hostname\":\"a\\x\"}", "hostname: is not valid JSON: line 1, byte 15: a string holds a wrong escape sequence")]
    [InlineData("{\"hostname\":\"a\\u12g4\"}", "hostname: is not valid JSON: line 1, byte 15: a string holds a wrong escape sequence")]
    [InlineData("{\"hostname\":\"abc", "hostname: is not valid JSON: line 1, byte 17, at the end of the document: a string does not end")]
    [InlineData("{/* */}", "is not valid JSON: line 1, byte 2: a property name is missing")]
    public void A_document_that_is_no_JSON_is_refused_with_the_place(string json, string message)
    {
        OciFormatException e = Assert.Throws<OciFormatException>(() => Samples.Parse(json));
        Assert.Equal("config.json: " + message, e.Message);
    }

    [Fact]
    public void An_error_carries_its_parts_and_the_documents_name()
    {
        OciFormatException e = Assert.Throws<OciFormatException>(() => ProcessSpecParser.Parse("""{"cwd":"/","user":{"uid":true,"gid":0}}"""u8, "exec.json"));
        Assert.Equal(("exec.json", "user.uid", "is true or false, not a whole number"), (e.DocumentName, e.PropertyPath, e.Problem));
    }

    [Fact]
    public void A_long_or_unprintable_value_is_quoted_in_part()
    {
        OciFormatException e = Assert.Throws<OciFormatException>(() => Samples.Parse("""{"ociVersion":"1.0.0","linux":{"namespaces":[{"type":"\u001b[2J""" + new string('x', 1000) + "\"}]}}"));
        Assert.Equal($"'?[2J{new string('x', 60)}…' is not a namespace type", e.Problem);
    }
}
