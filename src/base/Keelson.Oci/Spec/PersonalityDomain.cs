namespace Keelson.Oci;

/// <summary>Execution domains, with the values of personality(2).</summary>
public enum PersonalityDomain : uint
{
    /// <summary>The usual one.</summary>
    LINUX = 0,
    /// <summary>uname(2) shows a 32-bit machine.</summary>
    LINUX32 = 8,
}
