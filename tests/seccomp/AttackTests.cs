namespace Keelson.Seccomp.Tests;

/// <summary>What a container may try against its filter, on the running kernel: the default profile blocks AF_ALG and io_uring; x32 and foreign tables are covered.</summary>
public class AttackTests
{
    private const SeccompArchitecture X64 = SeccompArchitecture.SCMP_ARCH_X86_64;
    private const string Killed = "signal 31", Refused = "-1", NotThere = "-38", BadAddress = "-14";
    private const int AF_ALG = 38, AF_VSOCK = 40;

    // SOCK_SEQPACKET
    private const string AlgSocket = "41,38,5,0", AlgSocketWithUpperBits = "41,0x100000026,5,0", Socket32 = "i359,38,5,0";

    [LibseccompFact]
    public void The_docker_profile_blocks_io_uring()
    {
        // The calls exist here: without a filter they look at their arguments.
        Assert.Equal([BadAddress], KernelProbe.Call(null, "425,1,0"));
        ReadOnlyMemory<byte> filter = SeccompCompiler.Compile(ContainersProfile.Docker(), X64).Instructions;
        Assert.Equal([Refused, Refused, Refused, Refused, Refused], KernelProbe.Call(filter, "425,1,0", "426,0", "427,0", "0x400001a9,1,0", "i425,1,0"));
    }

    [LibseccompFact]
    public void The_docker_profile_of_2022_leaves_AF_ALG_open_because_it_allows_socket()
    {
        ReadOnlyMemory<byte> filter = SeccompCompiler.Compile(ContainersProfile.Docker(), X64).Instructions;
        Assert.Equal(KernelProbe.Call(null, AlgSocket), KernelProbe.Call(filter, AlgSocket));
    }

    [Fact]
    public void The_docker_profile_of_2026_blocks_AF_ALG()
    {
        ReadOnlyMemory<byte> filter = SeccompCompiler.Compile(WithoutAlg(), X64).Instructions;
        Assert.Equal([Refused, Refused, Refused], KernelProbe.Call(filter, AlgSocket, Socket32, "41,40,1,0"));
        Assert.All(KernelProbe.Call(filter, "41,1,1,0", "41,2,1,0", "41,16,3,0"), result => Assert.DoesNotContain('-', result));
    }

    [LibseccompFact]
    public void Upper_bits_do_not_smuggle_AF_ALG_past_the_filter()
    {
        // To the kernel both are socket(AF_ALG): it takes an int. libseccomp's filter sees a number above 40 and allows it.
        string open = KernelProbe.Call(null, AlgSocketWithUpperBits)[0];
        Assert.NotEqual(Refused, open);
        Assert.Equal([Refused, open], KernelProbe.Call(Libseccomp.Compile(WithoutAlg()), AlgSocket, AlgSocketWithUpperBits));

        Assert.Equal([Refused, Refused], KernelProbe.Call(SeccompCompiler.Compile(WithoutAlg(), X64).Instructions, AlgSocket, AlgSocketWithUpperBits));
    }

    [LibseccompFact]
    public void Socketcall_is_no_way_round_rules_for_socket()
    {
        // libseccomp turns a conditional rule for socket into an unconditional one for socketcall(SYS_SOCKET) on x86: the family lies behind a pointer.
        SeccompProfile profile = WithoutAlg();
        SeccompData call = new() { Architecture = SyscallNames.AuditArchitecture(SeccompArchitecture.SCMP_ARCH_X86), Number = 102 };
        call.Arguments[0] = 1;
        Assert.Equal(SeccompReturn.Allow, BpfInterpreter.Run(Libseccomp.Compile(profile), call, out _));
        Assert.Equal(SeccompReturn.Errno | 1, BpfInterpreter.Run(SeccompCompiler.Compile(profile, X64).Instructions.Span, call, out _));
    }

    [LibseccompFact]
    public void A_call_of_a_table_that_the_profile_does_not_list_kills()
    {
        SeccompProfile profile = ContainersProfile.Docker();
        profile.Architectures = [X64];
        ReadOnlyMemory<byte> filter = SeccompCompiler.Compile(profile, X64).Instructions;
        // getppid of x32, and of x86 where the kernel has that table.
        Assert.Equal([Killed], KernelProbe.Call(filter, "0x4000006e"));
        if (!KernelProbe.Call(null, "i64")[0].StartsWith("signal", StringComparison.Ordinal)) Assert.Equal([Killed], KernelProbe.Call(filter, "i64"));
    }

    [LibseccompFact]
    public void The_rules_hold_for_x32_and_x86_when_they_are_listed()
    {
        ReadOnlyMemory<byte> filter = SeccompCompiler.Compile(ContainersProfile.Docker(), X64).Instructions;
        // getppid is allowed, swapon is not; mseal is newer than the profile. The numbers of x32 go up to 547 in it.
        Assert.Equal(KernelProbe.Call(null, "0x4000006e"), KernelProbe.Call(filter, "0x4000006e"));
        Assert.Equal([Refused, NotThere], KernelProbe.Call(filter, "0x400000a7,0,0", "0x40000300,0"));
        if (KernelProbe.Call(null, "i64")[0].StartsWith("signal", StringComparison.Ordinal)) return;
        Assert.DoesNotContain('-', KernelProbe.Call(filter, "i64")[0]);
        Assert.Equal([Refused, NotThere], KernelProbe.Call(filter, "i87,0,0", "i462,0"));
    }

    [LibseccompFact]
    public void A_call_newer_than_the_profile_is_ENOSYS_on_the_kernel()
    {
        // futex_waitv exists since Linux 5.16 and complains of its arguments; mseal, 462, may be there or not.
        Assert.All(KernelProbe.Call(null, "449,0,0,1"), result => Assert.NotEqual(NotThere, result));
        ReadOnlyMemory<byte> filter = SeccompCompiler.Compile(ContainersProfile.Docker(), X64).Instructions;
        Assert.Equal([NotThere, NotThere, NotThere], KernelProbe.Call(filter, "462,1,1,1", "449,0,0,1", "1000"));
        // What the profile could have named and did not, it refuses.
        Assert.Equal([Refused], KernelProbe.Call(filter, "323,0"));
    }

    [LibseccompFact]
    public void Personality_is_held_to_the_values_of_the_profile()
    {
        ReadOnlyMemory<byte> filter = SeccompCompiler.Compile(ContainersProfile.Docker(), X64).Instructions;
        // Linux, and a question; ADDR_NO_RANDOMIZE.
        Assert.Equal(["0", "0", Refused, Refused], KernelProbe.Call(filter, "135,0xffffffff", "135,0", "135,0x40000", "135,0x100040000"));
    }

    // The three rules by which docker 29.4 and containerd 2.3 deny AF_ALG and AF_VSOCK; other calls are theirs too, as far as a process needs them to end.
    private static SeccompProfile WithoutAlg()
    {
        SeccompProfile profile = new()
        {
            DefaultAction = SeccompAction.SCMP_ACT_ERRNO,
            Architectures = [X64, SeccompArchitecture.SCMP_ARCH_X86, SeccompArchitecture.SCMP_ARCH_X32],
        };
        profile.Syscalls =
        [
            new SeccompRule { Names = ["exit_group", "mseal"], Action = SeccompAction.SCMP_ACT_ALLOW },
            Family(SeccompOperator.SCMP_CMP_LT, AF_ALG), Family(SeccompOperator.SCMP_CMP_EQ, AF_ALG + 1), Family(SeccompOperator.SCMP_CMP_GT, AF_VSOCK),
        ];
        return profile;
    }

    private static SeccompRule Family(SeccompOperator op, uint family) => new()
    {
        Names = ["socket"],
        Action = SeccompAction.SCMP_ACT_ALLOW,
        Args = [new SeccompArgument { Index = 0, Op = op, Value = family }],
    };
}
