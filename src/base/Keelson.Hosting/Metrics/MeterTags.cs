namespace Keelson.Hosting.Metrics;

/// <summary>Values of up to four tags, to find what was measured with them.</summary>
internal readonly record struct MeterTags(object? First, object? Second, object? Third, object? Fourth)
{
    /// <summary>Reads the tags of a measurement.</summary>
    /// <exception cref="NotSupportedException">There are more.</exception>
    public static MeterTags Of(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags.Length switch
    {
        0 => default,
        1 => new(tags[0].Value, null, null, null),
        2 => new(tags[0].Value, tags[1].Value, null, null),
        3 => new(tags[0].Value, tags[1].Value, tags[2].Value, null),
        4 => new(tags[0].Value, tags[1].Value, tags[2].Value, tags[3].Value),
        _ => throw new NotSupportedException($"metrics: {tags.Length} tags"),
    };
}
