namespace Keelson.Seccomp.Tests;

/// <summary>Ready-made programs, their checks and their listing.</summary>
public class ProgramTests
{
    // A = nr; A == 39 ? ERRNO(13) : ALLOW
    private static readonly byte[] RefusesGetpid =
    [
        0x20, 0, 0, 0, 0, 0, 0, 0,
        0x15, 0, 0, 1, 39, 0, 0, 0,
        0x06, 0, 0, 0, 13, 0, 5, 0,
        0x06, 0, 0, 0, 0, 0, 0xFF, 0x7F,
    ];

    [Fact]
    public void A_file_of_instructions_is_a_program()
    {
        string file = TestDirectory.Make("program") + "/filter.bpf";
        File.WriteAllBytes(file, RefusesGetpid);
        SeccompProgram program = SeccompProgram.FromFile(file, SeccompFlags.SECCOMP_FILTER_FLAG_LOG);
        Assert.Equal((4, 2u, false), (program.Count, program.Flags, program.NeedsListener));
        Assert.Equal(["-13"], KernelProbe.Call(program.Instructions, "39"));
    }

    [Fact]
    public void A_damaged_file_is_refused_with_its_name_and_the_reason()
    {
        string file = TestDirectory.Make("program") + "/filter.bpf";
        File.WriteAllBytes(file, RefusesGetpid[..^3]);
        KeelsonException e = Assert.Throws<KeelsonException>(() => SeccompProgram.FromFile(file));
        Assert.Equal($"load seccomp program {file}: 29 bytes are not a whole number of instructions", e.Message);
    }

    [Fact]
    public void A_file_longer_than_any_program_is_refused_unread()
    {
        string file = TestDirectory.Make("program") + "/filter.bpf";
        File.WriteAllBytes(file, new byte[4097 * 8]);
        Assert.Equal(Linux.Errno.EFBIG, Assert.Throws<Linux.LinuxException>(() => SeccompProgram.FromFile(file)).Errno);
    }

    [Fact]
    public void A_missing_file_is_not_found() =>
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<Linux.LinuxException>(() => SeccompProgram.FromFile("/nowhere.bpf")).Kind);

    [Theory]
    [InlineData(new byte[0], "it is empty")]
    [InlineData(new byte[] { 0x20, 0, 0, 0, 0, 0, 0, 0 }, "it does not end in a return")]
    [InlineData(new byte[] { 0x20, 0, 0, 0, 64, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0 }, "instruction 0: no word of the call lies at offset 64")]
    [InlineData(new byte[] { 0x28, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0 }, "instruction 0: code 0x28 is not one that seccomp allows")]
    [InlineData(new byte[] { 0x15, 0, 0, 1, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0 }, "instruction 0: it jumps past the end")]
    [InlineData(new byte[] { 0x60, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0 }, "instruction 0: word 5 of memory may be read before it is stored")]
    public void A_program_that_the_kernel_would_refuse_is_refused_with_a_reason(byte[] program, string fault)
    {
        KeelsonException e = Assert.Throws<KeelsonException>(() => SeccompProgram.FromBytes(program));
        Assert.Equal((ErrorKind.InvalidArgument, "load seccomp program: " + fault), (e.Kind, e.Message));
    }

    [Fact]
    public void A_program_that_asks_a_listener_is_marked_by_its_giver()
    {
        SeccompProgram program = SeccompProgram.FromBytes(RefusesGetpid, SeccompFlags.None, needsListener: true);
        Assert.Equal((8u, true), (program.Flags, program.NeedsListener));
    }

    [Fact]
    public void A_listing_shows_each_instruction() => Assert.Equal(
        "   0  A = nr\n   1  A == 0x27               ? 2 : 3\n   2  return ERRNO(13)\n   3  return ALLOW\n", BpfListing.Print(RefusesGetpid));

    [Fact]
    public void A_compiled_program_reads_as_a_tree()
    {
        SeccompProfile profile = new()
        {
            DefaultAction = SeccompAction.SCMP_ACT_ERRNO,
            Syscalls =
            [
                new SeccompRule { Names = ["read", "write", "open"], Action = SeccompAction.SCMP_ACT_ALLOW },
                new SeccompRule
                {
                    Names = ["getdents64"],
                    Action = SeccompAction.SCMP_ACT_ALLOW,
                    Args = [new SeccompArgument { Index = 2, Op = SeccompOperator.SCMP_CMP_LE, Value = 4096 }],
                },
            ],
        };
        Assert.Equal(
            """
               0  A = arch
               1  A == 0xc000003e         ? 2 : 16
               2  A = nr
               3  A >= 3                  ? 4 : 10
               4  A >= 0xd9               ? 5 : 17
               5  A >= 0xda               ? 11 : 6
               6  A = args[2].high
               7  A > 0                   ? 17 : 8
               8  A = args[2].low
               9  A >= 0x1001             ? 17 : 10
              10  return ALLOW
              11  A >= 0x40000000         ? 12 : 14
              12  A >= 0xc0000000         ? 15 : 13
              13  A >= 0x80000000         ? 14 : 16
              14  return ERRNO(38)
              15  A >= 0xffffffff         ? 17 : 16
              16  return KILL_THREAD
              17  return ERRNO(1)

            """, BpfListing.Print(SeccompCompiler.Compile(profile, SeccompArchitecture.SCMP_ARCH_X86_64).Instructions.Span));
    }
}
