using CsCheck;

namespace Keelson.Seccomp.Tests;

/// <summary>Random profiles, and calls near the places where their decisions change.</summary>
internal static class ProfileGen
{
    private static readonly string[] Names =
    [
        "read", "write", "open", "openat", "socket", "socketpair", "connect", "send", "accept4", "socketcall", "semop", "msgget", "ipc", "clone", "clone3",
        "personality", "ioctl", "getppid", "setuid", "io_uring_setup", "mseal", "uretprobe", "set_tls", "cacheflush", "restart_syscall", "mmap2", "statx",
        "arch_prctl", "keyctl", "futex_time64", "execveat", "file_setattr", "no_such_call",
    ];

    private static readonly Gen<ulong> Value = Gen.OneOf(
        Gen.OneOf<ulong>(0, 1, 2, 8, 38, 40, 0xFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x1_0000_0000, 0x1_0000_0001, 0x26_0000_0026,
            0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_0000_0000, ulong.MaxValue - 1, ulong.MaxValue),
        Gen.ULong[0, 12],
        Gen.ULong);

    private static readonly Gen<SeccompArgument> Argument =
        Gen.Select(Gen.UInt[0, 5], Gen.Int[0, 6], Value, Value, (index, op, value, second) =>
            new SeccompArgument { Index = index, Op = (SeccompOperator)op, Value = value, ValueTwo = second });

    // Few arguments, so that rules of one call overlap.
    private static readonly Gen<SeccompArgument> LowArgument =
        Gen.Select(Gen.UInt[0, 1], Gen.Int[0, 6], Value, Value, (index, op, value, second) =>
            new SeccompArgument { Index = index, Op = (SeccompOperator)op, Value = value, ValueTwo = second });

    // Values that mean the same whether an argument counts as int or not.
    private static readonly Gen<SeccompArgument> PlainArgument =
        Gen.Select(Gen.UInt[0, 3], Gen.Int[0, 6], Gen.UInt[0, 9], Gen.UInt[0, 9], (index, op, value, second) =>
            new SeccompArgument { Index = index, Op = (SeccompOperator)op, Value = value, ValueTwo = second });

    private static readonly Gen<SeccompArgument[]> AllowConditions = Gen.OneOf(
        Gen.Const<SeccompArgument[]>([]),
        PlainArgument.Array[1, 4].Select(a => a.DistinctBy(c => c.Index).ToArray()),
        Gen.Select(Gen.UInt[0, 3], Gen.UInt[0, 99].Array[1, 9], (index, values) =>
            values.Select(v => new SeccompArgument { Index = index, Op = SeccompOperator.SCMP_CMP_EQ, Value = v }).ToArray()));

    private static readonly Gen<(SeccompAction Action, uint? Data)> Action = Gen.Frequency(
        (4, Gen.Const((SeccompAction.SCMP_ACT_ALLOW, (uint?)null))),
        (2, Gen.Const((SeccompAction.SCMP_ACT_ERRNO, (uint?)null))),
        (2, Gen.UInt[0, 4095].Select(e => (SeccompAction.SCMP_ACT_ERRNO, (uint?)e))),
        (1, Gen.UInt[0, 65535].Select(e => (SeccompAction.SCMP_ACT_TRACE, (uint?)e))),
        (3, Gen.OneOf(SeccompAction.SCMP_ACT_KILL, SeccompAction.SCMP_ACT_KILL_PROCESS, SeccompAction.SCMP_ACT_KILL_THREAD, SeccompAction.SCMP_ACT_TRAP,
            SeccompAction.SCMP_ACT_LOG, SeccompAction.SCMP_ACT_TRACE).Select(a => (a, (uint?)null))));

    private static readonly Gen<SeccompRule> Rule =
        Gen.Select(Gen.OneOf(Names).Array[1, 6], Action, Gen.OneOf(Gen.Const<SeccompArgument[]>([]), LowArgument.Array[1, 3], Argument.Array[1, 4]),
            (names, action, arguments) => new SeccompRule { Names = names, Action = action.Action, ErrnoRet = action.Data, Args = arguments });

    internal static readonly Gen<SeccompArchitecture> Architecture = Gen.Int[0, 22].Select(a => (SeccompArchitecture)a);

    internal static readonly Gen<SeccompArchitecture> X86 =
        Gen.OneOf(SeccompArchitecture.SCMP_ARCH_X86, SeccompArchitecture.SCMP_ARCH_X86_64, SeccompArchitecture.SCMP_ARCH_X32);

    /// <summary>Any profile that compiles.</summary>
    internal static Gen<SeccompProfile> Profile(Gen<SeccompArchitecture> architecture, Gen<SeccompRule[]>? rules = null) =>
        Gen.Select(Action, architecture.Array[0, 4], rules ?? Rule.Array[0, 12], (action, architectures, all) => new SeccompProfile
        {
            DefaultAction = action.Action,
            DefaultErrnoRet = action.Data,
            Architectures = architectures,
            Syscalls = all,
        });

    /// <summary>Rules of one call with conditions on two of its arguments.</summary>
    internal static readonly Gen<SeccompRule> OneCall =
        Gen.Select(Gen.OneOf("socket", "getdents64"), Action, LowArgument.Array[1, 2],
            (name, action, arguments) => new SeccompRule { Names = [name], Action = action.Action, ErrnoRet = action.Data, Args = arguments });

    /// <summary>
    /// Rules that allow: one for each call, of conditions on different arguments, or of values that one argument may equal.
    /// libseccomp answers wrongly for some others: <c>clone</c> allowed if a3 &lt; 7, or if a1 &gt;= 7, or if a1 &gt;= 2 and a3 &gt; 3 is refused for a1 = 3 and
    /// a3 = 2^32 + 9.
    /// </summary>
    internal static readonly Gen<SeccompRule[]> AllowRules =
        Gen.Select(Gen.Shuffle(new[] { "read", "openat", "clone", "personality", "getppid", "mmap", "statx" }), Gen.Int[1, 5], AllowConditions.Array[5])
            .Select((names, count, conditions) => conditions.Take(count)
                .Select((c, i) => new SeccompRule { Names = [names[i]], Action = SeccompAction.SCMP_ACT_ALLOW, Args = c }).ToArray());

    /// <summary>A call whose number and arguments lie at the profile's constants or beside them.</summary>
    internal static Gen<SeccompData> Call(SeccompProfile profile, SeccompArchitecture native)
    {
        SeccompArchitecture[] architectures = [native, .. profile.Architectures];
        ulong[] constants = [.. profile.Syscalls.SelectMany(r => r.Args).SelectMany(a => new[] { a.Value, a.ValueTwo, a.Value ^ a.ValueTwo, (uint)a.Value })];
        Gen<ulong> argument = constants.Length == 0 ? Value : Gen.OneOf(Value, Gen.Select(Gen.OneOf(constants), Gen.Int[-1, 1], (c, d) => c + (ulong)d),
            Gen.Select(Gen.OneOf(constants), Gen.UInt[0, 3], (c, upper) => c & uint.MaxValue | (ulong)upper << 32), Gen.ULong[0, 24]);
        Gen<(uint Audit, uint Number)> place = Gen.Select(Gen.OneOf(architectures), Architecture, Gen.Int[0, 9], Gen.OneOf(Names), Gen.Int[-1, 1], Gen.UInt,
            (own, any, kind, name, off, random) =>
            {
                SeccompArchitecture of = kind == 0 ? any : own;
                string called = kind < 7 && profile.Syscalls.Length > 0 ? profile.Syscalls[random % profile.Syscalls.Length].Names[0] : name;
                if (!SyscallNames.TryGetNumber(of, called, out uint number)) number = random % 512;
                uint near = kind switch { 8 => number + (uint)off, 9 => random, 1 => random % 600, 2 => number ^ 0x4000_0000, 3 => uint.MaxValue, _ => number };
                return (SyscallNames.AuditArchitecture(of), near);
            });
        return Gen.Select(place, argument.Array[6], Gen.ULong, (where, arguments, pointer) =>
        {
            SeccompData data = new() { Architecture = where.Audit, Number = where.Number, InstructionPointer = pointer };
            arguments.CopyTo((Span<ulong>)data.Arguments);
            return data;
        });
    }

    /// <summary>A profile and calls, as text for a failing case.</summary>
    internal static string Describe(SeccompProfile profile) =>
        $"default {profile.DefaultAction} {profile.DefaultErrnoRet}; {string.Join(' ', profile.Architectures)}\n" + string.Join('\n', profile.Syscalls.Select(r =>
            $"  {string.Join(' ', r.Names)}: {r.Action} {r.ErrnoRet} if {string.Join(" and ", r.Args.Select(a => $"a{a.Index} {a.Op} 0x{a.Value:x} 0x{a.ValueTwo:x}"))}"));
}
