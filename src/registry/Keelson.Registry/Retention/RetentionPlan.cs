using Keelson.Oci;
using Keelson.Registry.Store;
using Keelson.Registry.Usage;

namespace Keelson.Registry.Retention;

/// <summary>Decides which tags go.</summary>
internal static class RetentionPlan
{
    /// <summary>The tags that no rule keeps. Immutable ones, and those of things that are attached to others, are none of them.</summary>
    public static List<TagEntry> Unwanted(RetentionPolicy policy, IReadOnlyList<TagEntry> tags, IReadOnlyDictionary<Digest, PullCount> pulls, Func<string, bool> isImmutable, DateTimeOffset now)
    {
        if (policy.KeepTags.Count == 0) return [];
        List<TagEntry> own = [.. tags.Where(tag => SubjectOf(tag.Name) is null)];
        HashSet<string> kept = new(StringComparer.Ordinal);
        foreach (KeepRule rule in policy.KeepTags) kept.UnionWith(Kept(rule, [.. own.Where(tag => rule.IsAbout(tag.Name))], pulls, now).Select(tag => tag.Name));
        return [.. own.Where(tag => !kept.Contains(tag.Name) && !isImmutable(tag.Name))];
    }

    /// <summary>What a tag says that its manifest is attached to, where it is one of cosign's (<c>sha256-….sig</c>) or of clients that know no referrers (<c>sha256-…</c>).</summary>
    public static Digest? SubjectOf(string tag)
    {
        int dash = tag.IndexOf('-', StringComparison.Ordinal), dot = tag.IndexOf('.', StringComparison.Ordinal);
        if (dash < 0) return null;
        ReadOnlySpan<char> hex = tag.AsSpan(dash + 1, (dot > dash ? dot : tag.Length) - dash - 1);
        return Digest.TryParse($"{tag.AsSpan(0, dash)}:{hex}", out Digest digest) ? digest : null;
    }

    private static IEnumerable<TagEntry> Kept(KeepRule rule, List<TagEntry> tags, IReadOnlyDictionary<Digest, PullCount> pulls, DateTimeOffset now)
    {
        if (rule.KeepsAll) return tags;
        DateTimeOffset Pulled(TagEntry tag) => pulls.TryGetValue(tag.Digest, out PullCount count) && count.Count > 0 ? count.Last : DateTimeOffset.MinValue;
        IEnumerable<TagEntry> kept = tags.OrderByDescending(tag => tag.Modified).ThenBy(tag => tag.Name, StringComparer.Ordinal).Take(rule.NewestPushed);
        kept = kept.Concat(tags.Where(tag => Pulled(tag) > DateTimeOffset.MinValue).OrderByDescending(Pulled).ThenBy(tag => tag.Name, StringComparer.Ordinal).Take(rule.NewestPulled));
        if (rule.PushedWithin is { } pushed) kept = kept.Concat(tags.Where(tag => now - tag.Modified <= pushed));
        if (rule.PulledWithin is { } pulled) kept = kept.Concat(tags.Where(tag => now - Pulled(tag) <= pulled));
        return kept;
    }
}
