namespace Keelson.Oci.Tests;

public class ResourcesAndSeccompValidatorTests
{
    [Theory]
    [InlineData("""{"devices":[{"allow":true,"type":"c","major":-2,"minor":9999999}]}""", "devices[0].major: -2 is not between 0 and 4095", "devices[0].minor: 9999999 is not between 0 and 1048575")]
    [InlineData("""{"memory":{"limit":-2}}""", "memory.limit: -2 is less than -1")]
    [InlineData("""{"memory":{"limit":200,"swap":100}}""", "memory.swap: 100 is less than the limit 200; it counts memory and swap together")]
    [InlineData("""{"memory":{"swappiness":101}}""", "memory.swappiness: 101 is not between 0 and 100")]
    [InlineData("""{"cpu":{"quota":100,"burst":101}}""", "cpu.burst: 101 is more than the quota 100")]
    [InlineData("""{"cpu":{"idle":2}}""", "cpu.idle: 2 is not 0 or 1")]
    [InlineData("""{"pids":{"limit":-2}}""", "pids.limit: -2 is less than -1")]
    [InlineData("""{"blockIO":{"weight":9,"leafWeight":1001}}""", "blockIO.weight: 9 is not between 10 and 1000, or 0 for the default", "blockIO.leafWeight: 1001 is not between 10 and 1000, or 0 for the default")]
    [InlineData("""{"blockIO":{"weightDevice":[{"major":8,"minor":0}]}}""", "blockIO.weightDevice[0]: has neither weight nor leafWeight")]
    [InlineData("""{"blockIO":{"throttleWriteIOPSDevice":[{"major":8,"minor":0,"rate":1},{"major":-1,"minor":0,"rate":1}]}}""", "blockIO.throttleWriteIOPSDevice[1].major: -1 is not between 0 and 4095")]
    [InlineData("""{"hugepageLimits":[{"pageSize":"2M","limit":1}]}""", "hugepageLimits[0].pageSize: '2M' is not a size like 64KB, 2MB or 1GB")]
    [InlineData("""{"hugepageLimits":[{"pageSize":"../../x.2MB","limit":1}]}""", "hugepageLimits[0].pageSize: '../../x.2MB' is not a size like 64KB, 2MB or 1GB")]
    [InlineData("""{"network":{"priorities":[{"name":"eth0 5\neth1","priority":1}]}}""", "network.priorities[0].name: is not a name of an interface")]
    [InlineData("""{"rdma":{"mlx5_1":{}}}""", "rdma.mlx5_1: has neither hcaHandles nor hcaObjects")]
    [InlineData("""{"rdma":{"a b":{"hcaObjects":1}}}""", "rdma[\"a b\"]: is not the name of a device")]
    [InlineData("""{"unified":{"../cgroup.procs":"1"}}""", "unified[\"../cgroup.procs\"]: is not a name of a cgroup file, like memory.max")]
    [InlineData("""{"unified":{"memory":"1"}}""", "unified.memory: is not a name of a cgroup file, like memory.max")]
    [InlineData("""{"unified":{".max":"1"}}""", "unified[\".max\"]: is not a name of a cgroup file, like memory.max")]
    public void A_rule_of_control_groups_that_is_broken_is_an_error(string json, params string[] errors) =>
        Assert.Equal(errors, RuntimeSpecValidator.ValidateResources(LinuxResourcesParser.Parse(Samples.Utf8(json))).Errors.Select(e => e.ToString()));

    [Theory]
    [InlineData("""{"memory":{"limit":0,"reservation":0,"swap":0},"cpu":{"shares":0,"quota":0,"period":0,"cpus":"","mems":""},"blockIO":{"weight":0},"pids":{"limit":0}}""")]
    [InlineData("""{"memory":{"limit":100,"reservation":200,"swap":-1},"cpu":{"quota":-1,"burst":5},"pids":{"limit":-1}}""")]
    [InlineData("""{"hugepageLimits":[{"pageSize":"64KB","limit":0},{"pageSize":"1GB","limit":1}],"unified":{"hugetlb.1GB.max":"0","io.bfq.weight":"5"}}""")]
    public void What_callers_write_for_no_limit_and_no_change_is_valid(string json)
    {
        SpecFindings found = RuntimeSpecValidator.ValidateResources(LinuxResourcesParser.Parse(Samples.Utf8(json)));
        Assert.Empty(found.Errors);
        Assert.Empty(found.Warnings);
    }

    [Theory]
    [InlineData("\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/s\"", "defaultAction: is SCMP_ACT_NOTIFY, which would stop the start itself; use it in rules")]
    [InlineData("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1", "defaultErrnoRet: is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not for SCMP_ACT_ALLOW")]
    [InlineData("\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096", "defaultErrnoRet: 4096 is too large")]
    [InlineData("\"defaultAction\":\"SCMP_ACT_TRACE\",\"defaultErrnoRet\":65536", "defaultErrnoRet: 65536 is too large")]
    [InlineData("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"x\"", "listenerMetadata: needs listenerPath")]
    [InlineData("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\",\"\"],\"action\":\"SCMP_ACT_KILL\"}]", "syscalls[0].names[1]: is empty")]
    [InlineData("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_NOTIFY\"}]", "syscalls[0].action: is SCMP_ACT_NOTIFY, which needs listenerPath")]
    [InlineData("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1}]", "syscalls[0].errnoRet: is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not for SCMP_ACT_KILL")]
    [InlineData("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_KILL\",\"args\":[{\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]}]", "syscalls[0].args[0].index: 6 is not between 0 and 5")]
    public void A_rule_of_seccomp_that_is_broken_is_an_error(string properties, string error) =>
        Assert.Equal([error], RuntimeSpecValidator.ValidateSeccomp(SeccompProfileParser.Parse(Samples.Utf8($"{{{properties}}}"))).Errors.Select(e => e.ToString()));
}
