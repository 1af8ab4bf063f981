namespace Keelson.Seccomp.Tests;

/// <summary>What a profile says of one call, straight from its rules, one by one. It shares nothing with the compiler but the tables of names.</summary>
internal static class ProfileInterpreter
{
    private const uint Enosys = 0x0005_0026;

    private static readonly string[] SocketCalls =
    [
        "", "socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "send", "recv", "sendto", "recvfrom", "shutdown",
        "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg",
    ];

    private static readonly string[] IpcCalls =
    [
        "", "semop", "semget", "semctl", "semtimedop", "", "", "", "", "", "", "msgsnd", "msgrcv", "msgget", "msgctl", "", "", "", "", "", "",
        "shmat", "shmdt", "shmget", "shmctl",
    ];

    private static readonly HashSet<SeccompArchitecture> With32Bits =
    [
        SeccompArchitecture.SCMP_ARCH_X86, SeccompArchitecture.SCMP_ARCH_ARM, SeccompArchitecture.SCMP_ARCH_M68K, SeccompArchitecture.SCMP_ARCH_MIPS,
        SeccompArchitecture.SCMP_ARCH_MIPSEL, SeccompArchitecture.SCMP_ARCH_MIPS64N32, SeccompArchitecture.SCMP_ARCH_MIPSEL64N32,
        SeccompArchitecture.SCMP_ARCH_PARISC, SeccompArchitecture.SCMP_ARCH_PPC, SeccompArchitecture.SCMP_ARCH_S390, SeccompArchitecture.SCMP_ARCH_SH,
        SeccompArchitecture.SCMP_ARCH_SHEB,
    ];

    /// <summary>The answer, as a filter gives it.</summary>
    internal static uint Decide(SeccompProfile profile, SeccompArchitecture native, in SeccompData call)
    {
        SeccompData data = call;
        List<SeccompArchitecture> known = [native, .. profile.Architectures];
        uint byDefault = Value(profile.DefaultAction, profile.DefaultErrnoRet);
        List<SeccompArchitecture> same = [.. known.Where(a => SyscallNames.AuditArchitecture(a) == data.Architecture)];
        bool isX86 = data.Architecture == 0xC000_003E, hasX32 = same.Contains(SeccompArchitecture.SCMP_ARCH_X32);
        if (isX86 && same.Count > 0)
        {
            if (data.Number == uint.MaxValue && !hasX32) return byDefault;
            // Bit 31 without bit 30: above everything that x86-64 has.
            if (data.Number >> 30 == 2 && same.Contains(SeccompArchitecture.SCMP_ARCH_X86_64) && Refuses(byDefault)
                && AnyNamed(profile, SeccompArchitecture.SCMP_ARCH_X86_64)) return Enosys;
            same.RemoveAll(a => a == SeccompArchitecture.SCMP_ARCH_X32 != data.Number >= 0x4000_0000);
        }
        if (same.Count == 0) return 0;
        SeccompArchitecture architecture = same[0];

        string? name = SyscallNames.Find(architecture, data.Number);
        if (name is not null && Named(profile, architecture, name)) return ByRules(profile, architecture, name, data, byDefault);
        return IsNewer(profile, architecture, data.Number) && Refuses(byDefault) ? Enosys : byDefault;
    }

    private static uint ByRules(SeccompProfile profile, SeccompArchitecture architecture, string name, in SeccompData data, uint byDefault)
    {
        if (Unconditional(profile, name, byDefault) is { } always) return always;
        foreach (SeccompRule rule in Rules(profile, name, byDefault))
        {
            bool isRepeated = rule.Args.GroupBy(a => a.Index).Any(g => g.Count() > 1), any = false, all = true;
            foreach (SeccompArgument argument in rule.Args)
            {
                bool holds = Holds(argument, data.Arguments[(int)argument.Index], With32Bits.Contains(architecture), SyscallNames.IsIntArgument(name, (int)argument.Index));
                any |= holds;
                all &= holds;
            }
            if (isRepeated ? any : all) return Value(rule.Action, rule.ErrnoRet);
        }
        return Multiplexed(profile, architecture, name, (uint)data.Arguments[0], byDefault) ?? byDefault;
    }

    // What the rules for the call that a multiplexer stands for make of it.
    private static uint? Multiplexed(SeccompProfile profile, SeccompArchitecture architecture, string name, uint sub, uint byDefault)
    {
        string[] calls = name == "socketcall" ? SocketCalls : name == "ipc" ? IpcCalls : [];
        if (sub >= calls.Length || calls[sub].Length == 0 || !SyscallNames.TryGetNumber(architecture, name, out _)) return null;
        if (Unconditional(profile, calls[sub], byDefault) is { } always) return always;
        List<uint> stricter = [.. Rules(profile, calls[sub], byDefault).Select(r => Value(r.Action, r.ErrnoRet)).Where(v => Rank(v) < Rank(byDefault))];
        return stricter.Count == 0 ? null : stricter.MinBy(Rank);
    }

    private static int Rank(uint value) => (int)(value & 0xFFFF_0000);

    private static bool Holds(SeccompArgument condition, ulong argument, bool has32Bits, bool isInt)
    {
        ulong value = condition.Value, second = condition.ValueTwo;
        if (has32Bits) (argument, value, second) = ((uint)argument, (uint)value, (uint)second);
        else if (isInt && condition.Op != SeccompOperator.SCMP_CMP_MASKED_EQ && value <= uint.MaxValue) argument = (uint)argument;
        return condition.Op switch
        {
            SeccompOperator.SCMP_CMP_NE => argument != value,
            SeccompOperator.SCMP_CMP_LT => argument < value,
            SeccompOperator.SCMP_CMP_LE => argument <= value,
            SeccompOperator.SCMP_CMP_EQ => argument == value,
            SeccompOperator.SCMP_CMP_GE => argument >= value,
            SeccompOperator.SCMP_CMP_GT => argument > value,
            _ => (argument & value) == (second & value),
        };
    }

    private static IEnumerable<SeccompRule> Rules(SeccompProfile profile, string name, uint byDefault) =>
        profile.Syscalls.Where(r => r.Names.Contains(name) && Value(r.Action, r.ErrnoRet) != byDefault);

    private static uint? Unconditional(SeccompProfile profile, string name, uint byDefault) =>
        Rules(profile, name, byDefault).FirstOrDefault(r => r.Args.Length == 0) is { } rule ? Value(rule.Action, rule.ErrnoRet) : null;

    // A multiplexer counts as named when a rule for one of its calls reaches it.
    private static bool Named(SeccompProfile profile, SeccompArchitecture architecture, string name)
    {
        if (profile.Syscalls.Any(r => r.Names.Contains(name))) return true;
        uint byDefault = Value(profile.DefaultAction, profile.DefaultErrnoRet);
        return Enumerable.Range(1, 24).Any(sub => Multiplexed(profile, architecture, name, (uint)sub, byDefault) is not null);
    }

    private static bool IsNewer(SeccompProfile profile, SeccompArchitecture architecture, uint number)
    {
        if (architecture is SeccompArchitecture.SCMP_ARCH_S390 or SeccompArchitecture.SCMP_ARCH_S390X && number == 0) return AnyNamed(profile, architecture);
        bool isPrivate = architecture == SeccompArchitecture.SCMP_ARCH_ARM && number is >= 0xF_0000 and < 0xF_0008;
        if (isPrivate) return false;
        uint last = 0;
        bool any = false;
        foreach (string name in profile.Syscalls.SelectMany(r => r.Names).Concat(["socketcall", "ipc"]))
        {
            if (!SyscallNames.TryGetNumber(architecture, name, out uint own) || own is >= 0xF_0000 and < 0xF_0008 || !Named(profile, architecture, name)) continue;
            any = true;
            last = Math.Max(last, own);
        }
        return any && number > last;
    }

    private static bool AnyNamed(SeccompProfile profile, SeccompArchitecture architecture) =>
        profile.Syscalls.SelectMany(r => r.Names).Concat(["socketcall", "ipc"])
            .Any(n => SyscallNames.TryGetNumber(architecture, n, out _) && Named(profile, architecture, n));

    private static bool Refuses(uint value) => (value & 0xFFFF_0000) is not (0x7FFF_0000 or 0x7FFC_0000 or 0x7FF0_0000);

    internal static uint Value(SeccompAction action, uint? data) => action switch
    {
        SeccompAction.SCMP_ACT_KILL or SeccompAction.SCMP_ACT_KILL_THREAD => 0,
        SeccompAction.SCMP_ACT_KILL_PROCESS => 0x8000_0000,
        SeccompAction.SCMP_ACT_TRAP => 0x0003_0000,
        SeccompAction.SCMP_ACT_ERRNO => 0x0005_0000 | (data ?? 1),
        SeccompAction.SCMP_ACT_NOTIFY => 0x7FC0_0000,
        SeccompAction.SCMP_ACT_TRACE => 0x7FF0_0000 | (data ?? 1),
        SeccompAction.SCMP_ACT_LOG => 0x7FFC_0000,
        _ => 0x7FFF_0000,
    };
}
