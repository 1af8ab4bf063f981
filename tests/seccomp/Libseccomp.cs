using System.Runtime.InteropServices;
using Keelson.Linux.Sys;

namespace Keelson.Seccomp.Tests;

/// <summary>libseccomp, called as runc calls it: the answer to compare ours with. seccomp_init(3) and its kin.</summary>
internal static unsafe partial class Libseccomp
{
    internal const string Library = "libseccomp.so.2";

    private const int ScmpError = -1, EEXIST = -17, AttributeOptimize = 8;

    [LibraryImport(Library)]
    private static partial nint seccomp_init(uint defaultAction);

    [LibraryImport(Library)]
    private static partial void seccomp_release(nint filter);

    [LibraryImport(Library)]
    private static partial int seccomp_arch_add(nint filter, uint architecture);

    [LibraryImport(Library)]
    private static partial int seccomp_attr_set(nint filter, int attribute, uint value);

    [LibraryImport(Library)]
    private static partial int seccomp_rule_add_array(nint filter, uint action, int number, uint count, Comparison* comparisons);

    [LibraryImport(Library)]
    private static partial int seccomp_export_bpf(nint filter, int fd);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int seccomp_syscall_resolve_name(string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int seccomp_syscall_resolve_name_arch(uint architecture, string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint seccomp_arch_resolve_name(string name);

    /// <summary>The program for a profile on x86-64, without runc's ENOSYS.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="useTree">Whether its optional tree is used, as runc does for more than 32 rules.</param>
    internal static byte[] Compile(SeccompProfile profile, bool useTree = false)
    {
        uint byDefault = ProfileInterpreter.Value(profile.DefaultAction, profile.DefaultErrnoRet);
        nint filter = seccomp_init(byDefault);
        // Most of its calls would read from address 0.
        if (filter == 0) throw new InvalidOperationException($"seccomp_init: refuses 0x{byDefault:x}");
        try
        {
            foreach (SeccompArchitecture architecture in profile.Architectures) Check(seccomp_arch_add(filter, Token(architecture)), "arch_add");
            if (useTree) Check(seccomp_attr_set(filter, AttributeOptimize, 2), "attr_set");
            foreach (SeccompRule rule in profile.Syscalls)
            {
                uint action = ProfileInterpreter.Value(rule.Action, rule.ErrnoRet);
                if (action == byDefault) continue;
                Comparison[] all = [.. rule.Args.Select(a => new Comparison(a))];
                bool isSplit = rule.Args.GroupBy(a => a.Index).Any(g => g.Count() > 1);
                foreach (string name in rule.Names)
                {
                    int number = seccomp_syscall_resolve_name(name);
                    if (number == ScmpError) continue;
                    if (!isSplit) Add(filter, action, number, all);
                    else
                        foreach (Comparison one in all) Add(filter, action, number, [one]);
                }
            }
            Files.TryMemoryFile("libseccomp", out Linux.FdHandle? file);
            using (file)
            {
                Check(seccomp_export_bpf(filter, file!.Fd), "export_bpf");
                return File.ReadAllBytes(file.ProcPath);
            }
        }
        finally
        {
            seccomp_release(filter);
        }
    }

    /// <summary>The number that it has for a name, the bit of x32 included; negative when the architecture has none.</summary>
    internal static int Number(SeccompArchitecture architecture, string name) => seccomp_syscall_resolve_name_arch(Token(architecture), name);

    /// <summary>Its number for an architecture; 0 when it does not know it.</summary>
    internal static uint Token(SeccompArchitecture architecture) => seccomp_arch_resolve_name(architecture.ToString()["SCMP_ARCH_".Length..].ToLowerInvariant());

    private static void Add(nint filter, uint action, int number, Comparison[] comparisons)
    {
        fixed (Comparison* p = comparisons)
            Check(seccomp_rule_add_array(filter, action, number, (uint)comparisons.Length, p), "rule_add");
    }

    private static void Check(int result, string call)
    {
        // The same architecture or rule again.
        if (result is not (0 or EEXIST)) throw new InvalidOperationException($"seccomp_{call}: {result}");
    }

    /// <summary><c>struct scmp_arg_cmp</c>.</summary>
    private readonly struct Comparison(SeccompArgument argument)
    {
        public readonly uint Argument = argument.Index;
        public readonly int Operator = (int)argument.Op + 1;
        public readonly ulong Value = argument.Value;
        public readonly ulong Second = argument.ValueTwo;
    }
}
