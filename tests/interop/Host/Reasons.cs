namespace Keelson.Interop.Tests;

/// <summary>Why runc 1.1 fails a test on a machine where ours does not; <c>docs/interop.md</c> lists them.</summary>
public static class Reasons
{
    /// <summary>A privileged container asks for every capability.</summary>
    public const string AllCapabilities = "ends with an error when a capability cannot be granted, as where root lacks CAP_SYS_RESOURCE";
}
