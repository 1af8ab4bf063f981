using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Runtime.Compile;

/// <summary>Whether this kernel has the security modules that a process asks for.</summary>
internal static class LabelSupport
{
    /// <summary>Refuses a label that nothing would enforce.</summary>
    /// <param name="process">The configuration.</param>
    /// <param name="systemTree">Where sysfs is.</param>
    /// <exception cref="KeelsonException">Unsupported: the module is missing or off.</exception>
    public static void Check(ProcessSpec process, string systemTree)
    {
        if (!string.IsNullOrEmpty(process.ApparmorProfile) && !HasAppArmor(systemTree))
            throw new KeelsonException(ErrorKind.Unsupported, $"process.apparmorProfile: '{process.ApparmorProfile}' cannot be applied: apparmor is not enabled on this machine");
        if (!string.IsNullOrEmpty(process.SelinuxLabel) && Files.TryStatus(systemTree + "/fs/selinux/enforce", out _) != Errno.None)
            throw new KeelsonException(ErrorKind.Unsupported, $"process.selinuxLabel: '{process.SelinuxLabel}' cannot be applied: selinux is not enabled on this machine");
    }

    private static bool HasAppArmor(string systemTree) =>
        Files.TryReadAll(systemTree + "/module/apparmor/parameters/enabled", out ReadOnlyMemory<byte> text) == Errno.None && !text.IsEmpty && text.Span[0] == (byte)'Y';
}
