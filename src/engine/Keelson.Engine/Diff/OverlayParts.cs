using System.Diagnostics.CodeAnalysis;
using Keelson.Snapshots;

namespace Keelson.Engine.Diff;

/// <summary>The directories of one overlay, or of a bind mount of the only layer.</summary>
/// <param name="Upper">The directory that is written to; empty when nothing is.</param>
/// <param name="Lowers">Those below, the topmost first.</param>
/// <param name="UsesUserAttributes">Whether it was mounted with <c>userxattr</c>.</param>
internal sealed record OverlayParts(string Upper, IReadOnlyList<string> Lowers, bool UsesUserAttributes)
{
    /// <summary>Takes a list of mounts apart.</summary>
    /// <returns>Whether it is a single overlay without anything that only the kernel can do: owners are not mapped, names have no backslash.</returns>
    public static bool TryRead(IReadOnlyList<Mount> mounts, [NotNullWhen(true)] out OverlayParts? parts)
    {
        parts = null;
        if (mounts is not [{ Type: "overlay", Target: "" } mount]) return false;
        string upper = "";
        string[] lowers = [];
        bool usesUserAttributes = false;
        foreach (string option in mount.Options)
        {
            if (option.Contains('\\') || option.StartsWith("uidmap=", StringComparison.Ordinal) || option.StartsWith("gidmap=", StringComparison.Ordinal)) return false;
            if (option.StartsWith("upperdir=", StringComparison.Ordinal)) upper = option["upperdir=".Length..];
            else if (option.StartsWith("lowerdir=", StringComparison.Ordinal)) lowers = option["lowerdir=".Length..].Split(':');
            else if (option == "userxattr") usesUserAttributes = true;
        }
        parts = new(upper, lowers, usesUserAttributes);
        return lowers.Length > 0;
    }

    /// <summary>Whether a list of mounts shows just what lies below this overlay.</summary>
    public bool StandsOn(IReadOnlyList<Mount> mounts)
    {
        if (mounts is [{ Type: "bind", Target: "" } bind]) return Lowers.Count == 1 && bind.Source == Lowers[0];
        return TryRead(mounts, out OverlayParts? other) && other.Upper.Length == 0 && other.Lowers.SequenceEqual(Lowers);
    }
}
