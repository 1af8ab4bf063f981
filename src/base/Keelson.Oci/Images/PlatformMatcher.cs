using System.Globalization;

namespace Keelson.Oci;

/// <summary>Says which images a machine can run, and which it runs best.</summary>
/// <remarks>
/// The order is containerd's: the platform itself, then lower variants of the same architecture, then what the processor runs besides: <c>arm</c> on
/// <c>arm64</c>, <c>386</c> on <c>amd64</c>.
/// </remarks>
public sealed class PlatformMatcher
{
    private readonly Platform[] order;

    /// <summary>Makes a matcher.</summary>
    /// <param name="platform">What the machine is.</param>
    /// <param name="isStrict">Whether only this very platform will do.</param>
    public PlatformMatcher(Platform platform, bool isStrict = false)
    {
        ArgumentNullException.ThrowIfNull(platform);
        Platform best = platform.Normalize();
        order = isStrict ? [best] : [best, .. Others(best)];
    }

    /// <summary>What the machine can run, the best first.</summary>
    public IReadOnlyList<Platform> Order => order;

    /// <summary>The place of a platform in <see cref="Order"/>; -1 when the machine cannot run it.</summary>
    public int Rank(Platform platform)
    {
        ArgumentNullException.ThrowIfNull(platform);
        Platform normal = platform.Normalize();
        return Array.FindIndex(order, p => p.Os == normal.Os && p.Architecture == normal.Architecture && p.Variant == normal.Variant
            && (p.OsVersion is not { Length: > 0 } version || normal.OsVersion is not { Length: > 0 } other || version == other));
    }

    /// <summary>The manifests that the machine can run, the best first and otherwise in their order. Those that name no platform are left out.</summary>
    public IReadOnlyList<Descriptor> Choose(IEnumerable<Descriptor> manifests) =>
        [.. manifests.Where(d => d.Platform is not null).Select(d => (Descriptor: d, Rank: Rank(d.Platform!))).Where(c => c.Rank >= 0).OrderBy(c => c.Rank).Select(c => c.Descriptor)];

    private static IEnumerable<Platform> Others(Platform best)
    {
        foreach (string? variant in Lower(best.Architecture, best.Variant)) yield return best with { Variant = variant };
        if (best.Architecture == "amd64") yield return best with { Architecture = "386", Variant = null };
        if (best.Architecture != "arm64") yield break;
        foreach (string variant in (string[])["v8", "v7", "v6", "v5"]) yield return best with { Architecture = "arm", Variant = variant };
    }

    /// <summary>The variants below one, falling: v7, v6, v5 on arm; v3, v2 and none on amd64; v9 and none on arm64.</summary>
    private static IEnumerable<string?> Lower(string architecture, string? variant)
    {
        if (variant is not { Length: > 1 and < 4 } || variant[0] != 'v' || !int.TryParse(variant.AsSpan(1), out int number)) yield break;
        (int least, int unnamed) = architecture switch
        {
            "arm" => (5, 0),
            "amd64" => (1, 1),
            "arm64" => (8, 8),
            _ => (int.MaxValue, 0),
        };
        for (int i = number - 1; i >= least; i--) yield return i == unnamed ? null : "v" + i.ToString(CultureInfo.InvariantCulture);
    }
}
