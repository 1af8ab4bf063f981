using Keelson.Linux.Sys;

namespace Keelson.Seccomp.Tests;

/// <summary>The tables of names and numbers.</summary>
public class SyscallNamesTests
{
    [Fact]
    public void The_table_of_x86_64_has_the_numbers_of_the_system_call_layer()
    {
        foreach (Syscall call in Enum.GetValues<Syscall>())
        {
            Assert.True(SyscallNames.TryGetNumber(SeccompArchitecture.SCMP_ARCH_X86_64, call.ToString(), out uint number), call.ToString());
            Assert.Equal((uint)call, number);
            Assert.Equal(call.ToString(), SyscallNames.Find(SeccompArchitecture.SCMP_ARCH_X86_64, number));
        }
    }

    [LibseccompFact]
    public void The_tables_agree_with_those_of_libseccomp()
    {
        int compared = 0;
        List<string> faults = [];
        foreach (SeccompArchitecture architecture in Enum.GetValues<SeccompArchitecture>())
        {
            if (Libseccomp.Token(architecture) == 0) continue;
            Assert.NotEqual(0u, SyscallNames.AuditArchitecture(architecture));
            foreach (string name in Names())
            {
                int theirs = Libseccomp.Number(architecture, name);
                // Negative: it has no such call there, does not know it yet, or makes it through a multiplexer.
                if (theirs < 0) continue;
                compared++;
                if (!SyscallNames.TryGetNumber(architecture, name, out uint ours) || ours != theirs) faults.Add($"{architecture} {name}: {ours}, libseccomp {theirs}");
            }
        }
        Assert.Empty(faults);
        Assert.InRange(compared, 6000, 12000);
    }

    [LibseccompFact]
    public void Audit_numbers_agree_with_those_of_libseccomp()
    {
        foreach (SeccompArchitecture architecture in Enum.GetValues<SeccompArchitecture>())
        {
            uint token = Libseccomp.Token(architecture);
            // Its token for x32 is a number of its own.
            if (token != 0 && architecture != SeccompArchitecture.SCMP_ARCH_X32) Assert.Equal(token, SyscallNames.AuditArchitecture(architecture));
        }
        Assert.Equal(0xC000_003Eu, SyscallNames.AuditArchitecture(SeccompArchitecture.SCMP_ARCH_X32));
    }

    [Theory]
    [InlineData(SeccompArchitecture.SCMP_ARCH_X32, "read", 0x4000_0000u)]
    [InlineData(SeccompArchitecture.SCMP_ARCH_X32, "execve", 0x4000_0208u)]
    [InlineData(SeccompArchitecture.SCMP_ARCH_ARM, "set_tls", 0xF_0005u)]
    [InlineData(SeccompArchitecture.SCMP_ARCH_MIPSEL64, "read", 5000u)]
    [InlineData(SeccompArchitecture.SCMP_ARCH_LOONGARCH64, "clone3", 435u)]
    [InlineData(SeccompArchitecture.SCMP_ARCH_M68K, "atomic_cmpxchg_32", 335u)]
    [InlineData(SeccompArchitecture.SCMP_ARCH_SHEB, "cacheflush", 123u)]
    [InlineData(SeccompArchitecture.SCMP_ARCH_RISCV64, "riscv_hwprobe", 258u)]
    public void Numbers_are_those_that_a_filter_sees(SeccompArchitecture architecture, string name, uint expected)
    {
        Assert.True(SyscallNames.TryGetNumber(architecture, name, out uint number));
        Assert.Equal(expected, number);
        Assert.Equal(name, SyscallNames.Find(architecture, number));
    }

    [Theory]
    [InlineData(SeccompArchitecture.SCMP_ARCH_LOONGARCH64, "open")]
    [InlineData(SeccompArchitecture.SCMP_ARCH_AARCH64, "getrlimit_")]
    [InlineData(SeccompArchitecture.SCMP_ARCH_X86_64, "socketcall")]
    public void A_call_that_an_architecture_has_not_is_not_found(SeccompArchitecture architecture, string name) =>
        Assert.False(SyscallNames.TryGetNumber(architecture, name, out _));

    private static IEnumerable<string> Names() => Enum.GetValues<SeccompArchitecture>()
        .SelectMany(a => Enumerable.Range(0, 0x1B00).Select(n => (uint)n | (a == SeccompArchitecture.SCMP_ARCH_X32 ? 0x4000_0000u : 0)).Concat(Enumerable.Range(0xF_0000, 8).Select(n => (uint)n))
            .Where(n => a is SeccompArchitecture.SCMP_ARCH_X86_64 or SeccompArchitecture.SCMP_ARCH_X86 or SeccompArchitecture.SCMP_ARCH_ARM or SeccompArchitecture.SCMP_ARCH_MIPS
                or SeccompArchitecture.SCMP_ARCH_PPC or SeccompArchitecture.SCMP_ARCH_S390)
            .Select(n => SyscallNames.Find(a, n)))
        .OfType<string>().Distinct();
}
