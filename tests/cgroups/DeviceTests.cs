using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups.Tests;

public class DeviceTests
{
    private static readonly DeviceRule DenyAll = new() { Allow = false };
    private static readonly DeviceRule AllowAll = new() { Allow = true };

    [Fact]
    public void The_default_devices_are_allowed_and_nothing_else()
    {
        DevicePolicy policy = Policy([DenyAll]);
        Assert.False(policy.AllowsByDefault);
        Assert.Equal(["c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:1 rwm", "c 5:2 rwm", "c 136:* rwm", "c 10:200 rwm"],
            policy.Exceptions.Select(e => e.ToString()));
        Assert.Equal(policy.Exceptions, Policy([]).Exceptions);
    }

    [Fact]
    public void Rules_about_the_same_device_are_merged_in_order()
    {
        DeviceRule[] rules = [DenyAll, Rule(true, 8, 0, DeviceAccess.Read), Rule(true, 8, 0, DeviceAccess.Write | DeviceAccess.Mknod), Rule(false, 8, 0, DeviceAccess.Write)];
        Assert.Contains("b 8:0 rm", Policy(rules).Exceptions.Select(e => e.ToString()));
    }

    [Fact]
    public void A_rule_for_everything_makes_those_before_it_void()
    {
        DevicePolicy policy = Policy([Rule(true, 8, 0, DeviceAccess.All), AllowAll]);
        Assert.True(policy.AllowsByDefault);
        Assert.Empty(policy.Exceptions);
    }

    [Fact]
    public void A_hole_is_refused_with_both_rules()
    {
        DeviceRule[] rules = [DenyAll, new() { Allow = true, Type = DeviceKind.Block, Access = DeviceAccess.All }, Rule(false, 8, 0, DeviceAccess.Write)];
        Assert.Equal("devices[2]: 'deny b 8:0 w' makes a hole in 'b *:* rwm'", DevicePolicy.TryMake(DeviceRuleList.ForContainer(rules), out _));
    }

    [Fact]
    public void Impossible_rules_are_refused()
    {
        Assert.Equal("devices[0].major: 4294967296 is no device number", Assert.Throws<KeelsonException>(() => Policy([new DeviceRule { Major = 1L << 32 }])).Message);
        Assert.Equal("devices[0]: names no access", Assert.Throws<KeelsonException>(() => Policy([new DeviceRule { Access = 0 }])).Message);
    }

    [Fact]
    public void The_kernels_list_is_read_back()
    {
        DevicePolicy policy = DevicePolicy.ParseList("c *:* m\nb 8:0 rwm\nc 136:* rw\n"u8);
        Assert.Equal(["c *:* m", "b 8:0 rwm", "c 136:* rw"], policy.Exceptions.Select(e => e.ToString()));
        Assert.True(DevicePolicy.ParseList("a *:* rwm\n"u8).AllowsByDefault);
        Assert.Throws<KeelsonException>(() => DevicePolicy.ParseList("x 1:2\n"u8));
        Assert.Throws<KeelsonException>(() => DevicePolicy.ParseList("c 1:x rw\n"u8));
    }

    [Fact]
    public void The_program_decides_as_the_rules_do()
    {
        Random random = new(20250101);
        DeviceAccess[] accesses = [DeviceAccess.Mknod, DeviceAccess.Read, DeviceAccess.Write, DeviceAccess.Read | DeviceAccess.Write];
        int allowed = 0, denied = 0;
        for (int round = 0; round < 2000; round++)
        {
            DeviceRule[] rules = new DeviceRule[random.Next(8)];
            for (int i = 0; i < rules.Length; i++) rules[i] = RandomRule(random);
            DeviceRuleList list = DeviceRuleList.ForContainer(rules);
            BpfInstruction[] program = DeviceProgram.Compile(list);
            for (int ask = 0; ask < 50; ask++)
            {
                DeviceKind kind = random.Next(2) == 0 ? DeviceKind.Block : DeviceKind.Char;
                uint major = (uint)random.Next(4), minor = random.Next(10) == 0 ? uint.MaxValue : (uint)random.Next(4);
                DeviceAccess access = accesses[random.Next(accesses.Length)];
                bool expected = list.Allows(kind, major, minor, access);
                Assert.Equal(expected, BpfMachine.Run(program, kind == DeviceKind.Block ? 1u : 2u, (uint)access, major, minor) == 1);
                if (expected) allowed++;
                else denied++;
            }
        }
        Assert.True(allowed > 5000 && denied > 5000);
    }

    [Fact]
    public void The_merged_form_decides_single_accesses_as_the_ordered_rules_do()
    {
        Random random = new(7);
        int compared = 0;
        for (int round = 0; round < 2000; round++)
        {
            DeviceRule[] rules = new DeviceRule[random.Next(6)];
            for (int i = 0; i < rules.Length; i++) rules[i] = RandomRule(random);
            DeviceRuleList list = DeviceRuleList.ForContainer(rules);
            if (DevicePolicy.TryMake(list, out DevicePolicy? policy) is not null) continue;
            for (int ask = 0; ask < 30; ask++, compared++)
            {
                DeviceKind kind = random.Next(2) == 0 ? DeviceKind.Block : DeviceKind.Char;
                uint major = (uint)random.Next(4), minor = (uint)random.Next(4);
                DeviceAccess access = (DeviceAccess)(1 << random.Next(3));
                Assert.Equal(list.Allows(kind, major, minor, access), policy!.Allows(kind, major, minor, access));
            }
        }
        Assert.True(compared > 5000);
    }

    private static DeviceRule RandomRule(Random random) => new()
    {
        Allow = random.Next(2) == 0,
        Type = random.Next(10) == 0 ? DeviceKind.All : random.Next(2) == 0 ? DeviceKind.Block : DeviceKind.Char,
        Major = random.Next(4) == 0 ? null : random.Next(4),
        Minor = random.Next(4) == 0 ? -1 : random.Next(5) == 0 ? uint.MaxValue : random.Next(4),
        Access = random.Next(3) == 0 ? null : (DeviceAccess)random.Next(1, 8),
    };

    private static DevicePolicy Policy(DeviceRule[] rules)
    {
        Assert.Null(DevicePolicy.TryMake(DeviceRuleList.ForContainer(rules), out DevicePolicy? policy));
        return policy!;
    }

    private static DeviceRule Rule(bool allow, long major, long minor, DeviceAccess access) =>
        new() { Allow = allow, Type = DeviceKind.Block, Major = major, Minor = minor, Access = access };
}
