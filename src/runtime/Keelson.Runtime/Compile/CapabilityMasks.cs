using Keelson.Oci;

namespace Keelson.Runtime.Compile;

/// <summary>The five sets of a process as bits. capabilities(7).</summary>
internal readonly record struct CapabilityMasks(ulong Bounding, ulong Effective, ulong Permitted, ulong Inheritable, ulong Ambient)
{
    /// <summary>Reads the configured sets. What this process may not hand on is left out with a warning.</summary>
    /// <remarks>runtime-spec 1.3 config "Linux Process": a capability that cannot be granted is a warning. Sets that are not given are empty.</remarks>
    public static CapabilityMasks From(CapabilitySets? sets, ulong grantable, Action<string> warn)
    {
        if (sets is null) return default;
        List<string> unknown = [];
        ulong bounding = Capabilities.Set(sets.Bounding, unknown), effective = Capabilities.Set(sets.Effective, unknown), permitted = Capabilities.Set(sets.Permitted, unknown);
        ulong inheritable = Capabilities.Set(sets.Inheritable, unknown), ambient = Capabilities.Set(sets.Ambient, unknown);
        ulong refused = (bounding | effective | permitted | inheritable | ambient) & ~grantable;
        for (int i = 0; i < Capabilities.Count; i++)
            if ((refused >> i & 1) != 0)
                unknown.Add(Capabilities.Name(i));
        if (unknown.Count > 0) warn("capabilities that cannot be granted are left out: " + string.Join(", ", unknown));
        permitted &= grantable;
        inheritable &= grantable;
        return new CapabilityMasks(bounding & grantable, effective & permitted, permitted, inheritable, ambient & permitted & inheritable);
    }
}
