namespace Keelson.Content;

/// <summary>A change of the metadata that happens wholly or not at all.</summary>
internal sealed class MetadataTransaction(MetadataState state, DateTimeOffset now, RecordWriter operations, EventRetention retention)
{
    /// <summary>The state with what this transaction did so far.</summary>
    public MetadataState State { get; private set; } = state;

    /// <summary>The moment of the transaction.</summary>
    public DateTimeOffset Now => now;

    /// <summary>It is enough that the log's file holds it: a crash of the process does not undo it, a loss of power may.</summary>
    public bool IsLazy { get; set; }

    /// <summary>Whether something may have become garbage.</summary>
    public bool MadeGarbage { get; set; }

    public NamespaceState Namespace(string name) => State.Namespace(name);

    public void PutNamespace(string name, LabelSet labels)
    {
        operations.Byte(Operations.PutNamespace);
        operations.Text(name);
        operations.Labels(labels);
        Set(name, State.Namespace(name) with { Labels = labels });
    }

    public void RemoveNamespace(string name)
    {
        operations.Byte(Operations.RemoveNamespace);
        operations.Text(name);
        State = State with { Namespaces = State.Namespaces.Remove(name) };
    }

    public void Put<TRow>(Table<TRow> table, string space, TRow row)
    {
        operations.Byte(Operations.PutRow);
        operations.Byte(table.Id);
        operations.Text(space);
        table.Write(operations, row);
        Set(space, table.Put(State.Namespace(space), row));
    }

    public void Remove<TRow>(Table<TRow> table, string space, string key)
    {
        operations.Byte(Operations.RemoveRow);
        operations.Byte(table.Id);
        operations.Text(space);
        operations.Text(key);
        Set(space, table.Remove(State.Namespace(space), key));
    }

    /// <summary>The row of a key.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none.</exception>
    public TRow Get<TRow>(Table<TRow> table, string space, string key, string verb) =>
        table.Rows(State.Namespace(space)).TryGetValue(key, out TRow? row) ? row : throw Missing(table, space, key, verb);

    /// <summary>Puts a row of which there must be none.</summary>
    /// <exception cref="KeelsonException">AlreadyExists: there is one.</exception>
    public void Add<TRow>(Table<TRow> table, string space, TRow row)
    {
        string key = table.Key(row);
        if (table.Rows(State.Namespace(space)).ContainsKey(key))
            throw new KeelsonException(ErrorKind.AlreadyExists, $"create {table.Name} {Shown(key)} in namespace {space}: it exists already");
        Put(table, space, row);
    }

    /// <summary>A number that was never used.</summary>
    public ulong NewId()
    {
        ulong id = State.NextId;
        State = State with { NextId = id + 1 };
        operations.Byte(Operations.NextId);
        operations.Number(State.NextId);
        return id;
    }

    /// <summary>Adds an event, and drops the oldest ones beyond the retention.</summary>
    public EventRecord? Publish(EventDraft? draft)
    {
        if (draft is null) return null;
        EventLog.Check(draft);
        EventRecord record = new(State.LastSequence + 1, draft.Namespace, draft.Topic, draft.TypeUrl, draft.Payload, draft.Timestamp == default ? now : draft.Timestamp);
        Operations.WriteEvent(operations, record);
        State = Operations.Add(State, record);
        int surplus = 0;
        for (MetadataState rest = State; rest.Events.Count > 1 && (rest.Events.Count > retention.Count || rest.EventBytes > retention.PayloadBytes); rest = Operations.Trim(rest, 1)) surplus++;
        if (surplus > 0)
        {
            operations.Byte(Operations.TrimEvents);
            operations.Number((ulong)surplus);
            State = Operations.Trim(State, surplus);
        }
        return record;
    }

    public static KeelsonException Missing<TRow>(Table<TRow> table, string space, string key, string verb) =>
        new(ErrorKind.NotFound, $"{verb} {table.Name} {Shown(key)} in namespace {space}: there is none");

    private static string Shown(string key) => key.Replace('\0', '/');

    private void Set(string name, NamespaceState space) => State = State with { Namespaces = State.Namespaces.SetItem(name, space) };
}
