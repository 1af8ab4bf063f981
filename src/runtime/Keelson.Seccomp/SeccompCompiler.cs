using Keelson.Oci;

namespace Keelson.Seccomp;

/// <summary>Compiles seccomp profiles to classic BPF: a decision tree, not a list.</summary>
/// <remarks>
/// runtime-spec 1.3 config-linux "Seccomp", read as runc and libseccomp read it:
/// <list type="bullet">
/// <item>Conditions of one rule must all hold; when two of them are for the same argument, each becomes a rule of its own.</item>
/// <item>A rule without conditions decides its calls whatever rules with conditions say. Otherwise the first rule that matches decides.</item>
/// <item>Rules whose action is the default action are left out.</item>
/// <item>Calls of an architecture that is neither native nor listed, x32 included, kill the thread.</item>
/// <item>When the default action refuses, a number above all that the profile names for an architecture is ENOSYS: a call newer than the profile.</item>
/// <item>Flags default to SPEC_ALLOW.</item>
/// </list>
/// docs/seccomp.md tells more.
/// </remarks>
public static class SeccompCompiler
{
    /// <summary>Part of a cache's key: programs of another version of the compiler are not used.</summary>
    public const int Version = 1;

    private const uint Enosys = SeccompReturn.Errno | 38;

    /// <summary>Compiles a profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="native">The architecture of the machine; <see cref="SyscallNames.Native"/>.</param>
    /// <exception cref="KeelsonException">
    /// InvalidArgument: the profile is wrong in itself; the message names the property. Or its program would be longer than the kernel takes.
    /// </exception>
    public static SeccompProgram Compile(SeccompProfile profile, SeccompArchitecture native)
    {
        ProfileRules rules = new(profile);
        DecisionGraph graph = new();
        ConventionTree tree = new(graph, rules, RefusesByDefault(rules.Default) ? Enosys : null);

        // libseccomp's default for other architectures.
        int root = graph.Return(SeccompReturn.KillThread);
        // Written from the last to the first, so that the native architecture is asked for first.
        for (int i = profile.Architectures.Length - 1; i >= -1; i--)
        {
            SeccompArchitecture architecture = i < 0 ? native : profile.Architectures[i];
            uint audit = Convention.Of(architecture).Audit;
            if (IsEarlier(profile.Architectures, native, i, audit)) continue;
            root = graph.Compare(Comparison.Equal, 4, audit, Build(tree, profile.Architectures, native, architecture), root);
        }
        byte[] program = new BpfWriter(graph).Write(root);
        return new SeccompProgram(program, SeccompProgram.KernelFlags(profile.Flags, rules.HasNotify), rules.Unknown);
    }

    private static int Build(ConventionTree tree, SeccompArchitecture[] listed, SeccompArchitecture native, SeccompArchitecture architecture)
    {
        if (architecture is not (SeccompArchitecture.SCMP_ARCH_X86_64 or SeccompArchitecture.SCMP_ARCH_X32)) return tree.Build(architecture);
        return tree.BuildX86(
            hasX64: native == SeccompArchitecture.SCMP_ARCH_X86_64 || listed.Contains(SeccompArchitecture.SCMP_ARCH_X86_64),
            hasX32: native == SeccompArchitecture.SCMP_ARCH_X32 || listed.Contains(SeccompArchitecture.SCMP_ARCH_X32));
    }

    // Whether one before the i-th has the same number: it was listed twice, or it is x32 beside x86-64.
    private static bool IsEarlier(SeccompArchitecture[] listed, SeccompArchitecture native, int i, uint audit)
    {
        for (int j = -1; j < i; j++)
            if (Convention.Of(j < 0 ? native : listed[j]).Audit == audit) return true;
        return false;
    }

    // runc's rule: a tracer answers for new calls itself, so TRACE counts with those that let calls happen.
    private static bool RefusesByDefault(uint action) =>
        (action & SeccompReturn.ActionMask) is not (SeccompReturn.Allow or SeccompReturn.Log or SeccompReturn.Trace);
}
