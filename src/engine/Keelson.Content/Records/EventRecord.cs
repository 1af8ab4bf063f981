namespace Keelson.Content;

/// <summary>An event in the log.</summary>
/// <param name="Sequence">Its place: 1 for the first ever, without gaps.</param>
/// <param name="Namespace">The namespace it happened in.</param>
/// <param name="Topic">What happened, as <c>/images/create</c>.</param>
/// <param name="TypeUrl">Type of the payload.</param>
/// <param name="Payload">The event as a message.</param>
/// <param name="Timestamp">When it happened.</param>
public sealed record EventRecord(long Sequence, string Namespace, string Topic, string TypeUrl, ReadOnlyMemory<byte> Payload, DateTimeOffset Timestamp) : IFilterable
{
    /// <summary>Fields: <c>namespace</c>, <c>topic</c>. Fields of the payload are known to who knows its type.</summary>
    bool IFilterable.TryGetField(IReadOnlyList<string> path, out string value) => path[0] switch
    {
        "namespace" => FilterField.Text(Namespace, out value),
        "topic" => FilterField.Text(Topic, out value),
        _ => FilterField.None(out value),
    };
}
