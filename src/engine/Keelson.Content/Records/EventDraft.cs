namespace Keelson.Content;

/// <summary>An event that has no place in the log yet.</summary>
/// <param name="Namespace">The namespace it happened in.</param>
/// <param name="Topic">What happened, as <c>/images/create</c>.</param>
/// <param name="TypeUrl">Type of the payload.</param>
/// <param name="Payload">The event as a message; at most <see cref="PayloadLimitBytes"/>.</param>
public sealed record EventDraft(string Namespace, string Topic, string TypeUrl, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Longest payload, in bytes.</summary>
    public const int PayloadLimitBytes = 1 << 20;

    /// <summary>When it happened; the default value stands for the moment of the transaction.</summary>
    public DateTimeOffset Timestamp { get; init; }
}
