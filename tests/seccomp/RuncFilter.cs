namespace Keelson.Seccomp.Tests;

/// <summary>The decisions of the filter that runc installs on x86-64: libseccomp's, with runc's answer for newer calls before it.</summary>
/// <param name="profile">The profile.</param>
/// <param name="useTree">Whether libseccomp's optional tree is used.</param>
internal sealed class RuncFilter(SeccompProfile profile, bool useTree = false)
{
    private readonly byte[] program = Libseccomp.Compile(profile, useTree);

    // The largest number that libseccomp has for a name of the profile.
    private readonly Dictionary<SeccompArchitecture, int> last = profile.Architectures.Append(SeccompArchitecture.SCMP_ARCH_X86_64).Distinct()
        .ToDictionary(a => a, a => profile.Syscalls.SelectMany(r => r.Names).Select(n => Libseccomp.Number(a, n)).DefaultIfEmpty(-1).Max());

    /// <summary>The answer for a call.</summary>
    internal uint Decide(in SeccompData call) => IsNewer(call) ? 0x0005_0026 : BpfInterpreter.Run(program, call, out _);

    /// <summary>Whether the call is one of x32.</summary>
    internal static bool IsX32(in SeccompData call) => call.Architecture == 0xC000_003E && (call.Number & 0x4000_0000) != 0;

    /// <summary>
    /// A call for which ours differs on purpose, as the kernel sees it: libseccomp compares whole registers where the kernel takes an int, and half of the
    /// registers on x32, though these have 64 bits there too.
    /// </summary>
    internal static SeccompData CutArguments(SeccompData call)
    {
        bool isX32 = IsX32(call);
        if (SyscallNames.Find(Architecture(call), call.Number) is not { } name) return call;
        for (int i = 0; i < 6; i++)
            if (isX32 || SyscallNames.IsIntArgument(name, i)) call.Arguments[i] = (uint)call.Arguments[i];
        return call;
    }

    private static SeccompArchitecture Architecture(in SeccompData call) => call.Architecture == 0x4000_0003 ? SeccompArchitecture.SCMP_ARCH_X86
        : IsX32(call) ? SeccompArchitecture.SCMP_ARCH_X32 : SeccompArchitecture.SCMP_ARCH_X86_64;

    private bool IsNewer(in SeccompData call)
    {
        if (profile.DefaultAction is SeccompAction.SCMP_ACT_ALLOW or SeccompAction.SCMP_ACT_LOG or SeccompAction.SCMP_ACT_TRACE) return false;
        if (call.Architecture is not (0xC000_003E or 0x4000_0003)) return false;
        // runc takes 0 for "none"; a profile that names read(2) alone is read here as one that names a call.
        return last.TryGetValue(Architecture(call), out int largest) && largest >= 0 && call.Number > largest;
    }
}
