using System.Runtime.CompilerServices;

namespace Keelson.Content;

/// <summary>Events of all namespaces, durable, in one order, without gaps.</summary>
/// <remarks>
/// A store's change and the event that announces it enter the log together, so neither is ever there without the other. Each reader has a place of its own
/// in the log: a slow one makes no queue grow, and one that falls behind what is kept is told so instead of missing something.
/// </remarks>
public sealed class EventLog
{
    private readonly MetadataDatabase database;

    internal EventLog(MetadataDatabase database) => this.database = database;

    /// <summary>Number of the latest event; 0 before the first.</summary>
    public long LastSequence => database.State.LastSequence;

    /// <summary>Number of the oldest event that is kept; one more than the latest when there is none.</summary>
    public long FirstSequence => First(database.State);

    /// <summary>Adds an event that no change of the stores comes with.</summary>
    /// <param name="draft">The event.</param>
    /// <param name="isLazy">It may be lost with a loss of power; a crash of the process does not undo it.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the topic has another form than <c>/a/b</c>, the payload is too long, or the namespace is no <see cref="Identifier"/>.</exception>
    public async Task<EventRecord> PublishAsync(EventDraft draft, bool isLazy = false) => await database.Writer.WriteAsync(tx =>
    {
        tx.IsLazy = isLazy;
        return tx.Publish(draft)!;
    }).ConfigureAwait(false);

    /// <summary>Events that are kept and come after one, oldest first.</summary>
    /// <param name="after">Number of the last event that the caller has; 0 for all.</param>
    /// <param name="filter">Which of them; all by default.</param>
    /// <exception cref="KeelsonException">DataLoss: some events after that one are not kept any more.</exception>
    public IEnumerable<EventRecord> Read(long after = 0, Filter? filter = null)
    {
        MetadataState state = database.State;
        CheckKept(state, after);
        return Range(state, after).Where(record => filter is null || filter.Matches(record));
    }

    /// <summary>Events as they come, after those that came before.</summary>
    /// <param name="after">Number of the last event that the caller has: of a <see cref="MetadataView"/>, or of an earlier subscription. <see langword="null"/> begins with the next event.</param>
    /// <param name="filter">Which of them; all by default.</param>
    /// <param name="fields">Makes more fields known to the filter, as those of the payload; the event's own by default.</param>
    /// <param name="cancel">Ends the subscription.</param>
    /// <exception cref="KeelsonException">DataLoss, also in the midst: the reader fell behind what is kept.</exception>
    public IAsyncEnumerable<EventRecord> SubscribeAsync(long? after = null, Filter? filter = null, Func<EventRecord, IFilterable>? fields = null, CancellationToken cancel = default) =>
        FollowAsync(after ?? LastSequence, filter, fields, cancel);

    private async IAsyncEnumerable<EventRecord> FollowAsync(long last, Filter? filter, Func<EventRecord, IFilterable>? fields, [EnumeratorCancellation] CancellationToken cancel)
    {
        while (true)
        {
            MetadataState state = database.State;
            CheckKept(state, last);
            foreach (EventRecord record in Range(state, last))
                if (filter is null || filter.Matches(fields is null ? record : fields(record))) yield return record;
            last = Math.Max(last, state.LastSequence);
            await database.Writer.AwaitChange(state).WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    internal static void Check(EventDraft draft)
    {
        Identifier.Check("namespace", draft.Namespace);
        string topic = draft.Topic;
        if (topic.Length < 2 || topic[0] != '/' || topic.Length > Identifier.NameLimitCharacters || !topic[1..].Split('/').All(part => Identifier.IsValid(part)))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"publish event '{topic[..Math.Min(topic.Length, 128)]}': its topic is no path of identifiers");
        if (draft.Payload.Length > EventDraft.PayloadLimitBytes)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"publish event {topic}: its {draft.Payload.Length} bytes are more than {EventDraft.PayloadLimitBytes}");
    }

    private static IEnumerable<EventRecord> Range(MetadataState state, long after)
    {
        for (long sequence = Math.Max(after + 1, First(state)); sequence <= state.LastSequence; sequence++) yield return state.Events[sequence];
    }

    private static long First(MetadataState state) => state.LastSequence - state.Events.Count + 1;

    private static void CheckKept(MetadataState state, long after)
    {
        if (after != 0 && after + 1 < First(state))
            throw new KeelsonException(ErrorKind.DataLoss, $"read events after {after}: they are kept from {First(state)} on");
    }
}
