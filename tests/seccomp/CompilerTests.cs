namespace Keelson.Seccomp.Tests;

/// <summary>What a profile means, rule by rule, and what is refused.</summary>
public class CompilerTests
{
    private const SeccompArchitecture X64 = SeccompArchitecture.SCMP_ARCH_X86_64;
    private const uint Allow = SeccompReturn.Allow, Eperm = SeccompReturn.Errno | 1, Enosys = SeccompReturn.Errno | 38;
    private const uint AuditX64 = 0xC000_003E, AuditX86 = 0x4000_0003;

    [Theory]
    [InlineData(SeccompAction.SCMP_ACT_KILL, null, 0u)]
    [InlineData(SeccompAction.SCMP_ACT_KILL_THREAD, null, 0u)]
    [InlineData(SeccompAction.SCMP_ACT_KILL_PROCESS, null, 0x8000_0000u)]
    [InlineData(SeccompAction.SCMP_ACT_TRAP, null, 0x0003_0000u)]
    [InlineData(SeccompAction.SCMP_ACT_ERRNO, null, 0x0005_0001u)]
    [InlineData(SeccompAction.SCMP_ACT_ERRNO, 13, 0x0005_000Du)]
    [InlineData(SeccompAction.SCMP_ACT_TRACE, null, 0x7FF0_0001u)]
    [InlineData(SeccompAction.SCMP_ACT_TRACE, 999, 0x7FF0_03E7u)]
    [InlineData(SeccompAction.SCMP_ACT_LOG, null, 0x7FFC_0000u)]
    [InlineData(SeccompAction.SCMP_ACT_NOTIFY, null, 0x7FC0_0000u)]
    public void An_action_becomes_the_kernel_s_value(SeccompAction action, int? data, uint value)
    {
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ALLOW, Rule("getppid", action, data));
        Assert.Equal(value, Run(program, 110));
        Assert.Equal(Allow, Run(program, 111));
    }

    [Fact]
    public void The_default_action_takes_its_own_error_number()
    {
        SeccompProgram program = SeccompCompiler.Compile(new SeccompProfile
        {
            DefaultAction = SeccompAction.SCMP_ACT_ERRNO,
            DefaultErrnoRet = 95,
            Syscalls = [Rule("getppid", SeccompAction.SCMP_ACT_ALLOW), Rule("statx", SeccompAction.SCMP_ACT_ALLOW)],
        }, X64);
        Assert.Equal([Allow, SeccompReturn.Errno | 95], [Run(program, 110), Run(program, 111)]);
    }

    [Fact]
    public void A_rule_without_conditions_wins_over_those_with_them_wherever_it_stands()
    {
        SeccompRule refuse = Rule("read", SeccompAction.SCMP_ACT_KILL, null, Equal(0, 3)), allow = Rule("read", SeccompAction.SCMP_ACT_ALLOW);
        Assert.Equal(Allow, Run(Compile(SeccompAction.SCMP_ACT_ERRNO, refuse, allow), 0, 3));
        Assert.Equal(Allow, Run(Compile(SeccompAction.SCMP_ACT_ERRNO, allow, refuse), 0, 3));
    }

    [Fact]
    public void Of_two_rules_without_conditions_the_first_wins()
    {
        SeccompRule trap = Rule("read", SeccompAction.SCMP_ACT_TRAP), allow = Rule("read", SeccompAction.SCMP_ACT_ALLOW);
        Assert.Equal(SeccompReturn.Trap, Run(Compile(SeccompAction.SCMP_ACT_ERRNO, trap, allow), 0));
        Assert.Equal(Allow, Run(Compile(SeccompAction.SCMP_ACT_ERRNO, allow, trap), 0));
    }

    [Fact]
    public void A_rule_with_the_default_action_is_as_if_it_were_not_there()
    {
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ERRNO, Rule("read", SeccompAction.SCMP_ACT_ERRNO, 1), Rule("read", SeccompAction.SCMP_ACT_ALLOW));
        Assert.Equal(Allow, Run(program, 0));
    }

    [Fact]
    public void Conditions_of_one_rule_must_all_hold()
    {
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ERRNO, Rule("getdents64", SeccompAction.SCMP_ACT_ALLOW, null, Equal(0, 1), Equal(1, 2)));
        Assert.Equal([Allow, Eperm, Eperm], [Run(program, 217, 1, 2), Run(program, 217, 1, 3), Run(program, 217, 2, 2)]);
    }

    [Fact]
    public void Two_conditions_for_one_argument_are_two_rules()
    {
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ERRNO, Rule("getdents64", SeccompAction.SCMP_ACT_ALLOW, null, Equal(0, 1), Equal(0, 2), Equal(1, 7)));
        Assert.Equal([Allow, Allow, Allow, Eperm], [Run(program, 217, 1), Run(program, 217, 2), Run(program, 217, 9, 7), Run(program, 217, 9, 8)]);
    }

    [Fact]
    public void The_first_of_the_rules_that_match_decides()
    {
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ALLOW, Rule("getdents64", SeccompAction.SCMP_ACT_ERRNO, 2, Equal(0, 5)),
            Rule("getdents64", SeccompAction.SCMP_ACT_ERRNO, 3, Condition(0, SeccompOperator.SCMP_CMP_NE, 6)));
        Assert.Equal([SeccompReturn.Errno | 2, SeccompReturn.Errno | 3, Allow], [Run(program, 217, 5), Run(program, 217, 7), Run(program, 217, 6)]);
    }

    [Fact]
    public void Unknown_names_are_reported_once_and_left_out()
    {
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ERRNO, Rule("warp", SeccompAction.SCMP_ACT_ALLOW), Rule("read", SeccompAction.SCMP_ACT_ALLOW),
            Rule("warp", SeccompAction.SCMP_ACT_TRAP), Rule("réad", SeccompAction.SCMP_ACT_ALLOW));
        Assert.Equal(["warp", "réad"], program.UnknownSyscalls);
        Assert.Equal(Allow, Run(program, 0));
    }

    [Theory]
    [InlineData(SeccompAction.SCMP_ACT_ERRNO, Eperm, Enosys)]
    [InlineData(SeccompAction.SCMP_ACT_KILL, 0u, Enosys)]
    [InlineData(SeccompAction.SCMP_ACT_KILL_PROCESS, SeccompReturn.KillProcess, Enosys)]
    [InlineData(SeccompAction.SCMP_ACT_TRAP, SeccompReturn.Trap, Enosys)]
    [InlineData(SeccompAction.SCMP_ACT_TRACE, SeccompReturn.Trace | 1, SeccompReturn.Trace | 1)]
    [InlineData(SeccompAction.SCMP_ACT_LOG, SeccompReturn.Log, SeccompReturn.Log)]
    public void A_number_above_all_that_the_profile_names_is_ENOSYS_when_the_default_refuses(SeccompAction action, uint unnamed, uint newer)
    {
        SeccompProgram program = Compile(action, Rule("openat2", SeccompAction.SCMP_ACT_ALLOW));
        Assert.Equal([unnamed, Allow, newer, newer], [Run(program, 436), Run(program, 437), Run(program, 438), Run(program, 0x3FFF_FFFF)]);
    }

    [Fact]
    public void A_call_that_is_named_only_to_be_refused_counts_as_known()
    {
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ERRNO, Rule("read", SeccompAction.SCMP_ACT_ALLOW), Rule("mseal", SeccompAction.SCMP_ACT_ERRNO));
        Assert.Equal([Eperm, Enosys], [Run(program, 462), Run(program, 463)]);
    }

    [Fact]
    public void A_profile_that_names_no_call_refuses_everything_alike()
    {
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ERRNO);
        Assert.Equal([Eperm, Eperm], [Run(program, 0), Run(program, 9999)]);
    }

    [Fact]
    public void Foreign_tables_kill_the_thread_and_a_skipped_call_gets_the_default()
    {
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ERRNO, Rule("read", SeccompAction.SCMP_ACT_ALLOW));
        Assert.Equal(SeccompReturn.KillThread, Run(program, 3, audit: AuditX86));
        Assert.Equal(SeccompReturn.KillThread, Run(program, 0x4000_0000));
        Assert.Equal(Eperm, Run(program, uint.MaxValue));
    }

    [Fact]
    public void The_native_table_counts_whether_it_is_listed_or_not()
    {
        SeccompProfile profile = new()
        {
            DefaultAction = SeccompAction.SCMP_ACT_ERRNO,
            Architectures = [SeccompArchitecture.SCMP_ARCH_X86, SeccompArchitecture.SCMP_ARCH_X86],
            Syscalls = [Rule("read", SeccompAction.SCMP_ACT_ALLOW)],
        };
        SeccompProgram program = SeccompCompiler.Compile(profile, X64);
        Assert.Equal([Allow, Allow], [Run(program, 0), Run(program, 3, audit: AuditX86)]);
    }

    [Theory]
    [InlineData(null, false, 4u)]
    [InlineData(SeccompFlags.None, false, 0u)]
    [InlineData(SeccompFlags.SECCOMP_FILTER_FLAG_LOG | SeccompFlags.SECCOMP_FILTER_FLAG_TSYNC, false, 3u)]
    [InlineData(SeccompFlags.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, false, 0u)]
    [InlineData(SeccompFlags.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, true, 0x28u)]
    [InlineData(SeccompFlags.SECCOMP_FILTER_FLAG_TSYNC, true, 0x19u)]
    public void Flags_are_those_that_the_kernel_takes_together(SeccompFlags? flags, bool hasNotify, uint expected)
    {
        SeccompProfile profile = new()
        {
            DefaultAction = SeccompAction.SCMP_ACT_ALLOW,
            Flags = flags,
            Syscalls = hasNotify ? [Rule("mkdir", SeccompAction.SCMP_ACT_NOTIFY)] : [],
        };
        SeccompProgram program = SeccompCompiler.Compile(profile, X64);
        Assert.Equal((expected, hasNotify), (program.Flags, program.NeedsListener));
    }

    public static TheoryData<string, SeccompProfile> Wrong => new()
    {
        { "linux.seccomp.defaultErrnoRet: errnoRet does not go with SCMP_ACT_ALLOW", new() { DefaultAction = SeccompAction.SCMP_ACT_ALLOW, DefaultErrnoRet = 1 } },
        { "linux.seccomp.defaultErrnoRet: errnoRet 4096 is above 4095", new() { DefaultAction = SeccompAction.SCMP_ACT_ERRNO, DefaultErrnoRet = 4096 } },
        { "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be the default", new() { DefaultAction = SeccompAction.SCMP_ACT_NOTIFY } },
        { "linux.seccomp.syscalls[0]: SCMP_ACT_NOTIFY cannot be used for write", With(Rule("write", SeccompAction.SCMP_ACT_NOTIFY)) },
        { "linux.seccomp.syscalls[0]: errnoRet does not go with SCMP_ACT_KILL", With(Rule("read", SeccompAction.SCMP_ACT_KILL, 1)) },
        { "linux.seccomp.syscalls[0].names: a name is empty", With(Rule("", SeccompAction.SCMP_ACT_KILL)) },
        { "linux.seccomp.syscalls[0].args[1].index: 6 is not 0 to 5", With(Rule("read", SeccompAction.SCMP_ACT_KILL, null, Equal(5, 0), Equal(6, 0))) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_profile_is_refused_with_the_property_s_path(string message, SeccompProfile profile)
    {
        KeelsonException e = Assert.Throws<KeelsonException>(() => SeccompCompiler.Compile(profile, X64));
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.Equal("compile seccomp profile: " + message, e.Message);
    }

    [Fact]
    public void A_profile_beyond_4096_instructions_is_refused()
    {
        SeccompRule[] rules = [.. Enumerable.Range(0, 5000).Select(i => Rule("getdents64", i % 2 == 0 ? SeccompAction.SCMP_ACT_ALLOW : SeccompAction.SCMP_ACT_TRAP, null, Equal(1, (ulong)i * 3)))];
        KeelsonException e = Assert.Throws<KeelsonException>(() => Compile(SeccompAction.SCMP_ACT_ERRNO, rules));
        Assert.Equal("compile seccomp profile: it needs more than the 4096 instructions that the kernel takes", e.Message);
    }

    [Fact]
    public void Rules_that_exclude_nothing_of_each_other_stay_within_limits()
    {
        // 600 masks on four arguments: every subset of them may match.
        SeccompRule[] rules = [.. Enumerable.Range(0, 600).Select(i => Rule("getdents64", SeccompAction.SCMP_ACT_ALLOW, null,
            Condition((uint)i % 4, SeccompOperator.SCMP_CMP_MASKED_EQ, 3UL << i % 60, 1UL << i % 60),
            Condition((uint)(i + 1) % 4, SeccompOperator.SCMP_CMP_MASKED_EQ, 5UL << (i * 7) % 60, 4UL << (i * 7) % 60)))];
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ERRNO, rules);
        Assert.InRange(program.Count, 200, 1000);
        Assert.Equal(Eperm, Run(program, 217, 0, 0));
        Assert.Equal(Allow, Run(program, 217, 1, 4));
    }

    [Fact]
    public void Jumps_reach_across_a_long_program()
    {
        // Decisions for a low and a high number with a thousand comparisons between them.
        SeccompRule[] rules = [Rule("read", SeccompAction.SCMP_ACT_TRAP), Rule("file_setattr", SeccompAction.SCMP_ACT_TRAP), .. Enumerable.Range(0, 700).Select(i =>
            Rule(i % 2 == 0 ? "getdents64" : "statx", SeccompAction.SCMP_ACT_ERRNO, i % 300 + 2, Equal(1, (ulong)i * 5)))];
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ALLOW, rules);
        Assert.Null(BpfVerifier.FindFault(program.Instructions.Span));
        Assert.InRange(program.Count, 1000, 4096);
        for (int i = 0; i < 700; i++)
            Assert.Equal(SeccompReturn.Errno | (uint)(i % 300 + 2), Run(program, i % 2 == 0 ? 217u : 332, 0, (ulong)i * 5));
        Assert.Equal([SeccompReturn.Trap, SeccompReturn.Trap, Allow, Allow], [Run(program, 0), Run(program, 469), Run(program, 217, 0, 1), Run(program, 470)]);
    }

    [Fact]
    public void Many_values_of_one_argument_are_halved()
    {
        SeccompProgram program = Compile(SeccompAction.SCMP_ACT_ERRNO, [.. Enumerable.Range(0, 200).Select(i => Rule("ioctl", SeccompAction.SCMP_ACT_ALLOW, null, Equal(1, (ulong)i * 2)))]);
        SeccompData call = new() { Architecture = AuditX64, Number = 16 };
        int most = 0;
        for (ulong i = 0; i < 401; i++)
        {
            call.Arguments[1] = i;
            Assert.Equal(i % 2 == 0 && i < 400 ? Allow : Eperm, BpfInterpreter.Run(program.Instructions.Span, call, out int executed));
            most = Math.Max(most, executed);
        }
        Assert.InRange(most, 8, 20);
    }

    [LibseccompFact]
    public void The_kernel_never_runs_the_filter_for_what_is_always_allowed()
    {
        SeccompProfile profile = ContainersProfile.Docker();
        ReadOnlySpan<byte> program = SeccompCompiler.Compile(profile, X64).Instructions.Span;
        int skipped = 0;
        foreach (SeccompArchitecture architecture in new[] { X64, SeccompArchitecture.SCMP_ARCH_X86 })
        {
            foreach (string name in profile.Syscalls.Where(r => r is { Action: SeccompAction.SCMP_ACT_ALLOW, Args: [] }).SelectMany(r => r.Names))
            {
                if (!SyscallNames.TryGetNumber(architecture, name, out uint number)) continue;
                skipped++;
                Assert.True(BpfInterpreter.IsAlwaysAllowed(program, number, SyscallNames.AuditArchitecture(architecture)), name);
            }
        }
        Assert.InRange(skipped, 600, 900);
        Assert.False(BpfInterpreter.IsAlwaysAllowed(program, 135, AuditX64));
    }

    private static SeccompProgram Compile(SeccompAction byDefault, params SeccompRule[] rules) =>
        SeccompCompiler.Compile(new SeccompProfile { DefaultAction = byDefault, Syscalls = rules }, X64);

    private static SeccompProfile With(SeccompRule rule) => new() { DefaultAction = SeccompAction.SCMP_ACT_ALLOW, Syscalls = [rule] };

    private static SeccompRule Rule(string name, SeccompAction action, int? data = null, params SeccompArgument[] conditions) =>
        new() { Names = [name], Action = action, ErrnoRet = (uint?)data, Args = conditions };

    private static SeccompArgument Equal(uint index, ulong value) => Condition(index, SeccompOperator.SCMP_CMP_EQ, value);

    private static SeccompArgument Condition(uint index, SeccompOperator op, ulong value, ulong second = 0) =>
        new() { Index = index, Op = op, Value = value, ValueTwo = second };

    private static uint Run(SeccompProgram program, uint number, ulong a0 = 0, ulong a1 = 0, uint audit = AuditX64)
    {
        SeccompData call = new() { Number = number, Architecture = audit };
        (call.Arguments[0], call.Arguments[1]) = (a0, a1);
        return BpfInterpreter.Run(program.Instructions.Span, call, out _);
    }
}
