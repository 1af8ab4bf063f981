using System.Text;
using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;

namespace Keelson.Fuzz.Targets;

/// <summary>The parameter <c>filters</c> of docker's clients.</summary>
internal sealed class DockerFilterTarget : IFuzzTarget
{
    private static readonly Dictionary<string, string> Labels = new() { ["a"] = "1", ["b.c"] = "two words" };

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public string Name => "docker-filter";

    public void Run(ReadOnlySpan<byte> input)
    {
        try
        {
            FilterSet filters = FilterSet.Parse(Encoding.UTF8.GetString(input), "label", "name", "id", "dangling", "until", "status");
            bool has = filters.Labels("label", Labels), hasNone = filters.NoLabels("label", Labels);
            if (has && hasNone && filters.Has("label") && filters["label"].Count > 0) throw new InvalidOperationException("labels are there and are not");
            if (filters.Exact("name", "web") && !filters.Pattern("name", "web")) throw new InvalidOperationException("a text matches and its pattern does not");
            _ = filters.Prefix("id", "abcdef");
            _ = filters.Flag("dangling");
            _ = PruneLimit.Parse(filters, Now);
        }
        catch (ApiException e) when (e.Status == 400)
        {
            // Refused, as it should be.
        }
    }
}
