namespace Keelson.Oci;

/// <remarks>The lists are built at each call; a features document is their use.</remarks>
public static partial class SpecNames
{
    /// <summary>The names of all points of the lifecycle that hooks can be given for, in the order in which they come.</summary>
    public static string[] HookPoints() => ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    /// <summary>The names of all kinds of namespaces.</summary>
    public static string[] NamespaceKinds() => List((int)NamespaceKind.Time, static i => Of((NamespaceKind)i));

    /// <summary>The names of all seccomp actions.</summary>
    public static string[] SeccompActions() => List((int)SeccompAction.SCMP_ACT_NOTIFY, static i => Of((SeccompAction)i));

    /// <summary>The names of all seccomp operators.</summary>
    public static string[] SeccompOperators() => List((int)SeccompOperator.SCMP_CMP_MASKED_EQ, static i => Of((SeccompOperator)i));

    /// <summary>The names of all seccomp architectures.</summary>
    public static string[] SeccompArchitectures() => List((int)SeccompArchitecture.SCMP_ARCH_SHEB, static i => Of((SeccompArchitecture)i));

    /// <summary>The names of all seccomp flags.</summary>
    public static string[] AllSeccompFlags() => Of((SeccompFlags)uint.MaxValue);

    /// <summary>The names of all memory policies.</summary>
    public static string[] MemoryPolicyModes() => List((int)MemoryPolicyMode.MPOL_WEIGHTED_INTERLEAVE, static i => Of((MemoryPolicyMode)i));

    /// <summary>The names of all memory policy flags.</summary>
    public static string[] AllMemoryPolicyFlags() => Of((MemoryPolicyFlags)int.MaxValue);

    private static string[] List(int last, Func<int, string> name)
    {
        string[] names = new string[last + 1];
        for (int i = 0; i < names.Length; i++) names[i] = name(i);
        return names;
    }
}
