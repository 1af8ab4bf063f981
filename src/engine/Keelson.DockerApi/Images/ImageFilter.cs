using System.Text;
using System.Text.RegularExpressions;
using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.DockerApi.Images;

/// <summary>Which images a list is about.</summary>
internal static class ImageFilter
{
    /// <summary>Longest pattern of a name, in characters.</summary>
    private const int PatternLimit = 1024;

    /// <summary>Reads the filters.</summary>
    /// <returns>Gives an image with the names that are meant, or <see langword="null"/> for one that is not.</returns>
    /// <exception cref="ApiException">400: a filter is unknown or makes no sense. 404: an image it names is not there.</exception>
    public static async Task<Func<EngineImage, EngineImage?>> ParseAsync(Call call, DockerApiServices services)
    {
        FilterSet filters = call.Filters("before", "dangling", "label", "reference", "since", "until");
        bool? dangling = filters.Flag("dangling");
        DateTimeOffset? until = PruneLimit.Parse(filters, services.Time.GetUtcNow());
        DateTimeOffset? before = await CreatedAsync("before").ConfigureAwait(false), since = await CreatedAsync("since").ConfigureAwait(false);
        bool all = call.Query.Flag("all");
        bool HasTag(EngineImage image) => ImageMessages.References(image).Any(name => name.Digest.IsEmpty);
        // What lies between a base and a result is shown on demand, and is not left over.
        bool Chosen(EngineImage image) => (all || !image.HasChildren || image.Names.Count > 0)
            && (dangling is null || dangling == (!HasTag(image) && !image.HasChildren))
            && filters.Labels("label", image.Config.Config?.Labels)
            && (before is null || image.Config.Created < before)
            && (since is null || image.Config.Created > since)
            && (until is null || image.Config.Created < until);
        return image =>
        {
            if (!Chosen(image)) return null;
            if (!filters.Has("reference")) return image;
            string[] names = [.. ImageMessages.References(image).Where(name => filters["reference"].Any(pattern => Matches(pattern, name))).Select(name => name.ToString())];
            return names.Length > 0 ? image with { Names = names } : null;
        };

        async Task<DateTimeOffset?> CreatedAsync(string name) =>
            filters[name] is [string image, ..] ? (await ImageLookup.FindAsync(services, image, call.Cancel).ConfigureAwait(false)).Config.Created ?? DateTimeOffset.UnixEpoch : null;
    }

    /// <summary>Whether a pattern of a shell covers a name, with its tag or without.</summary>
    internal static bool Matches(string pattern, ImageReference name)
    {
        if (pattern.Length > PatternLimit) throw ApiException.BadRequest($"Invalid filter 'reference': it is longer than {PatternLimit} characters");
        string familiar = name.Familiar;
        int end = familiar.IndexOf('@', StringComparison.Ordinal);
        if (end < 0 && name.Tag is { } tag) end = familiar.Length - tag.Length - 1;
        Regex regex = new(Translate(pattern), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        return regex.IsMatch(familiar) || end > 0 && regex.IsMatch(familiar[..end]);
    }

    /// <summary>A pattern with <c>*</c>, <c>?</c> and <c>[…]</c>, none of which covers a slash, as a regular expression.</summary>
    private static string Translate(string pattern)
    {
        StringBuilder text = new("^");
        for (int i = 0; i < pattern.Length; i++)
        {
            int close = pattern[i] == '[' ? pattern.IndexOf(']', i + 1) : -1;
            if (pattern[i] == '*') text.Append("[^/]*");
            else if (pattern[i] == '?') text.Append("[^/]");
            else if (close > i + 1)
            {
                text.Append('[').Append(pattern[(i + 1)..close].Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal)).Append(']');
                i = close;
            }
            else text.Append(Regex.Escape(pattern[i].ToString()));
        }
        return text.Append('$').ToString();
    }
}
