namespace Keelson.Oci;

/// <summary>What a runtime implements of system call filters.</summary>
/// <remarks>runtime-spec 1.3 features-linux "Seccomp".</remarks>
public sealed class SeccompFeatures
{
    /// <summary>Whether there are filters at all.</summary>
    public bool? Enabled { get; set; }

    /// <summary>Names of actions.</summary>
    public string[]? Actions { get; set; }

    /// <summary>Names of operators.</summary>
    public string[]? Operators { get; set; }

    /// <summary>Names of architectures.</summary>
    public string[]? Archs { get; set; }

    /// <summary>Names of flags that are known.</summary>
    public string[]? KnownFlags { get; set; }

    /// <summary>Names of flags that are known and can be used.</summary>
    public string[]? SupportedFlags { get; set; }
}
