namespace Keelson.Oci.Tests;

public class NamesTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("Az09_+.-", true)]
    [InlineData("...", true)]
    [InlineData("-x", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("../x", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("a\n", false)]
    [InlineData("ä", false)]
    [InlineData("a\0", false)]
    public void Container_ids_follow_the_rule(string id, bool isValid) => Assert.Equal(isValid, ContainerId.IsValid(id));

    [Fact]
    public void A_container_id_is_as_long_as_the_name_of_a_directory_may_be()
    {
        ContainerId.Validate(new string('x', 255));
        KeelsonException e = Assert.Throws<KeelsonException>(() => ContainerId.Validate(new string('x', 256)));
        Assert.Equal($"container id '{new string('x', 64)}…': is longer than 255 characters", e.Message);
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
    }

    [Theory]
    [InlineData("0", new ulong[] { 1 })]
    [InlineData("0-3,7", new ulong[] { 0x8f })]
    [InlineData(" 1 , 3-3", new ulong[] { 0xa })]
    [InlineData("63-64", new ulong[] { 1UL << 63, 1 })]
    [InlineData("0-127", new ulong[] { ulong.MaxValue, ulong.MaxValue })]
    public void A_list_of_indexes_is_a_mask(string list, ulong[] mask) => Assert.Equal(mask, IndexList.ParseMask(list));

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("1,")]
    [InlineData("-1")]
    [InlineData("1-")]
    [InlineData("3-2")]
    [InlineData("a")]
    [InlineData("8192")]
    [InlineData("99999999999999999999")]
    [InlineData("0-4294967296")]
    public void A_wrong_list_of_indexes_is_none(string list) => Assert.Null(IndexList.ParseMask(list));

    [Theory]
    [InlineData("net.ipv4.ip_forward", "net/ipv4/ip_forward")]
    [InlineData("net/ipv4/ip_forward", "net/ipv4/ip_forward")]
    [InlineData("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    [InlineData("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding")]
    [InlineData("net", "net")]
    [InlineData("net...ipv4", null)]
    [InlineData("net.//.x", null)]
    [InlineData("net/./x", null)]
    [InlineData("..", null)]
    [InlineData("", null)]
    public void A_kernel_parameter_is_a_file(string name, string? path) => Assert.Equal(path, SysctlName.ToPath(name));

    [Fact]
    public void Capabilities_have_their_numbers()
    {
        Assert.Equal(Enumerable.Range(0, CapabilityNames.Count), CapabilityNames.All().Select(name => CapabilityNames.NumberOf(name)!.Value));
        Assert.Equal((0, 21, 40, null), (CapabilityNames.NumberOf("CAP_CHOWN"), CapabilityNames.NumberOf("CAP_SYS_ADMIN"), CapabilityNames.NumberOf("CAP_CHECKPOINT_RESTORE"), CapabilityNames.NumberOf("chown")));
    }

    [Fact]
    public void Every_value_has_a_name_that_stands_for_it()
    {
        Same(SpecNames.Of, SpecNames.ParseNamespaceKind);
        Same(SpecNames.Of, SpecNames.ParseContainerStatus);
        Same(SpecNames.Of, SpecNames.ParseRlimitKind);
        Same(SpecNames.Of, SpecNames.ParseSchedulerPolicy);
        Same(SpecNames.Of, SpecNames.ParseIoPriorityClass);
        Same(SpecNames.Of, SpecNames.ParsePersonalityDomain);
        Same(SpecNames.Of, SpecNames.ParseMemoryPolicyMode);
        Same(SpecNames.Of, SpecNames.ParseSeccompAction);
        Same(SpecNames.Of, SpecNames.ParseSeccompOperator);
        Same(SpecNames.Of, SpecNames.ParseSeccompArchitecture);
        Assert.Equal(Enumerable.Range(1, 7).Select(i => (DeviceAccess?)i), Enumerable.Range(1, 7).Select(i => SpecNames.ParseDeviceAccess(SpecNames.Of((DeviceAccess)i))));
        Assert.Throws<ArgumentOutOfRangeException>(() => SpecNames.Of((NamespaceKind)8));
    }

    [Fact]
    public void The_lists_for_a_features_document_are_whole()
    {
        Assert.Equal(["pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"], SpecNames.NamespaceKinds());
        Assert.Equal((9, 7, 23), (SpecNames.SeccompActions().Length, SpecNames.SeccompOperators().Length, SpecNames.SeccompArchitectures().Length));
        Assert.Equal(["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"], SpecNames.AllSeccompFlags());
        Assert.Equal((7, 3, 6), (SpecNames.MemoryPolicyModes().Length, SpecNames.AllMemoryPolicyFlags().Length, SpecNames.HookPoints().Length));
    }

    private static void Same<T>(Func<T, string> name, Func<string, T?> parse) where T : struct, Enum
    {
        T[] values = Enum.GetValues<T>();
        Assert.NotEmpty(values);
        Assert.Equal(values.Select(v => (T?)v), values.Select(v => parse(name(v))));
        Assert.Null(parse("nothing"));
    }
}
