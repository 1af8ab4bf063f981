using Keelson.Cgroups.DBus;
using Keelson.Oci;

namespace Keelson.Cgroups.Tests;

public class SystemdUnitTests
{
    [Theory]
    [InlineData("system.slice:docker:abc", "docker-abc.scope", "/system.slice/docker-abc.scope")]
    [InlineData("machine-a-b.slice:libpod:abc", "libpod-abc.scope", "/machine.slice/machine-a.slice/machine-a-b.slice/libpod-abc.scope")]
    [InlineData(":runc:abc", "runc-abc.scope", "/system.slice/runc-abc.scope")]
    [InlineData("-.slice::abc", "abc.scope", "/abc.scope")]
    [InlineData("a.slice:x:a-b.slice", "a-b.slice", "/a.slice/a-b.slice")]
    [InlineData(null, "keelson-id1.scope", "/system.slice/keelson-id1.scope")]
    public void A_path_names_a_unit_and_its_group(string? configured, string unit, string group)
    {
        SystemdUnit found = SystemdUnit.For(configured, "id1", isUser: false);
        Assert.Equal(unit, found.Name);
        Assert.Equal(group, found.CgroupPath);
    }

    [Fact]
    public void The_users_manager_has_another_default_slice() => Assert.Equal("user.slice", SystemdUnit.For(null, "x", isUser: true).Slice);

    [Theory]
    [InlineData("/docker/abc")]
    [InlineData("a:b")]
    [InlineData("a.slice:b:c:d")]
    [InlineData("a.slice:b:")]
    [InlineData("noslice:b:c")]
    [InlineData("a/b.slice:b:c")]
    [InlineData("a--b.slice:b:c")]
    [InlineData("-a.slice:b:c")]
    [InlineData(".slice:b:c")]
    [InlineData("...slice:b:c")]
    [InlineData("a.slice:b:../c")]
    [InlineData("a.slice:b:c d")]
    public void Paths_that_name_no_unit_are_refused(string configured) =>
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => SystemdUnit.For(configured, "x", isUser: false)).Kind);

    [Theory]
    [InlineData("'text'", "s", "text")]
    [InlineData("\"te\\\"x\\u00e4t\"", "s", "te\"xät")]
    [InlineData("true", "b", true)]
    [InlineData("5", "i", 5)]
    [InlineData("-5", "i", -5)]
    [InlineData("0x10", "i", 16)]
    [InlineData("1.5", "d", 1.5)]
    [InlineData("uint64 18446744073709551615", "t", ulong.MaxValue)]
    [InlineData("int64 -9223372036854775808", "x", long.MinValue)]
    [InlineData("byte 255", "y", (byte)255)]
    [InlineData("@t 7", "t", 7ul)]
    [InlineData(" uint32   8 ", "u", 8u)]
    [InlineData("double 2", "d", 2.0)]
    [InlineData("objectpath '/a'", "o", "/a")]
    public void Values_are_read_from_their_text(string text, string signature, object value)
    {
        BusVariant variant = VariantText.Parse(text);
        Assert.Equal(signature, variant.Signature);
        Assert.Equal(value, variant.Value);
        Assert.Equal(value.GetType(), variant.Value.GetType());
    }

    [Theory]
    [InlineData("['a', 'b']", "as", "[a, b]")]
    [InlineData("@as []", "as", "[]")]
    [InlineData("[uint64 1, 2]", "at", "[1, 2]")]
    [InlineData("[(1, true), (2, false)]", "a(ib)", "[(1, true), (2, false)]")]
    [InlineData("('x',)", "(s)", "(x)")]
    [InlineData("@a(ss) [('a','b')]", "a(ss)", "[(a, b)]")]
    [InlineData("@ay [1, 2]", "ay", "[1, 2]")]
    [InlineData("[[1], [2, 3]]", "aai", "[[1], [2, 3]]")]
    public void Containers_are_read_from_their_text(string text, string signature, string rendered)
    {
        BusVariant variant = VariantText.Parse(text);
        Assert.Equal(signature, variant.Signature);
        MessageWriter writer = new();
        writer.WriteAll(signature, [variant.Value]);
        Assert.Equal(rendered, WireText.Body(writer.Bytes.ToArray(), signature));
    }

    [Theory]
    [InlineData("")]
    [InlineData("'open")]
    [InlineData("[1, 'a']")]
    [InlineData("[]")]
    [InlineData("5 6")]
    [InlineData("nonsense")]
    [InlineData("uint64 -1")]
    [InlineData("byte 256")]
    [InlineData("4294967296")]
    [InlineData("[1,")]
    [InlineData("()")]
    [InlineData("@ 5")]
    [InlineData("@a []")]
    [InlineData("@zz 5")]
    [InlineData("@(s 5")]
    [InlineData("1e")]
    [InlineData("@as 5")]
    [InlineData("'\\u12'")]
    [InlineData("[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]")]
    public void Text_that_is_no_value_is_refused(string text) =>
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => VariantText.Parse(text)).Kind);

    [Theory]
    [InlineData("org.systemd.property.", "1")]
    [InlineData("org.systemd.property.Timeout1", "1")]
    [InlineData("org.systemd.property.CollectMode", "inactive")]
    [InlineData("org.systemd.property.TimeoutStopSec", "'soon'")]
    [InlineData("org.systemd.property.TimeoutStopSec", "-1")]
    public void A_wrong_annotation_is_named(string key, string value)
    {
        KeelsonException e = Assert.Throws<KeelsonException>(() => new UnitProperties(CgroupMode.V2, 252).AddAnnotations(new Dictionary<string, string> { [key] = value }));
        Assert.StartsWith($"annotation '{key}'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Properties_that_an_old_systemd_does_not_know_are_left_out()
    {
        LinuxResources resources = new() { Cpu = new CpuResources { Quota = 1000, Period = 10000, Cpus = "0,9", Mems = "0" } };
        Assert.Equal("[(CPUQuotaPerSecUSec, <t 100000>)]", Render(new UnitProperties(CgroupMode.V2, 219), resources));
        Assert.Equal("[(CPUQuotaPeriodUSec, <t 10000>), (CPUQuotaPerSecUSec, <t 100000>), (AllowedCPUs, <ay [1, 2]>), (AllowedMemoryNodes, <ay [1]>)]",
            Render(new UnitProperties(CgroupMode.V2, 252), resources));
    }

    [Theory]
    [InlineData("unix:path=/run/user/1000/bus,guid=0123", "/run/user/1000/bus")]
    [InlineData("tcp:host=x;unix:path=/a%20b;unix:abstract=/c", "/a b")]
    [InlineData("unix:guid=1,path=/a;unix:path=/b", "/a|/b")]
    [InlineData("unix:path=/a%zz", "/a%zz")]
    [InlineData("", "")]
    public void Sockets_are_found_in_addresses(string addresses, string paths) => Assert.Equal(paths, string.Join('|', BusAddress.Paths(addresses)));

    private static string Render(UnitProperties properties, LinuxResources resources)
    {
        properties.AddLimits(resources);
        MessageWriter writer = new();
        writer.WriteAll("a(sv)", [properties.Entries]);
        return WireText.Body(writer.Bytes.ToArray(), "a(sv)");
    }
}
