namespace Keelson.Content;

/// <summary>The words of the log: what a frame says, and what each does to the state.</summary>
internal static class Operations
{
    public const byte PutNamespace = 1, RemoveNamespace = 2, PutRow = 3, RemoveRow = 4, AddEvent = 5, TrimEvents = 6, NextId = 7, LastSequence = 8, End = 9;

    /// <summary>Payload bytes after which a checkpoint begins another frame.</summary>
    private const int CheckpointFrameBytes = 64 << 10;

    /// <summary>Applies all operations of a frame.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="payload">A frame's bytes.</param>
    /// <param name="isEnd">Whether they close a checkpoint.</param>
    /// <exception cref="KeelsonException">DataLoss: they make no sense.</exception>
    public static MetadataState Apply(MetadataState state, ReadOnlySpan<byte> payload, out bool isEnd)
    {
        RecordReader reader = new(payload);
        isEnd = false;
        while (!reader.IsAtEnd)
        {
            byte operation = reader.Byte();
            state = operation switch
            {
                PutNamespace => ApplyNamespace(state, ref reader),
                RemoveNamespace => state with { Namespaces = state.Namespaces.Remove(reader.Text()) },
                PutRow => ApplyPut(state, ref reader),
                RemoveRow => ApplyRemove(state, ref reader),
                AddEvent => Add(state, new(reader.Signed(), reader.Text(), reader.Text(), reader.Text(), reader.Bytes().ToArray(), reader.Time())),
                TrimEvents => Trim(state, (int)Math.Min(reader.Number(), int.MaxValue)),
                NextId => state with { NextId = reader.Number() },
                LastSequence => state with { LastSequence = reader.Signed() },
                End => state,
                _ => throw RecordReader.Damaged(),
            };
            isEnd |= operation == End;
        }
        return state;
    }

    /// <summary>A state with another event at its end.</summary>
    public static MetadataState Add(MetadataState state, EventRecord added) => state with
    {
        Events = state.Events.Add(added, state.Words),
        EventBytes = state.EventBytes + added.Payload.Length,
        LastSequence = added.Sequence,
    };

    /// <summary>A state without its oldest events.</summary>
    public static MetadataState Trim(MetadataState state, int count)
    {
        EventQueue events = state.Events;
        long bytes = state.EventBytes;
        count = Math.Min(count, events.Count);
        for (int i = 0; i < count; i++) bytes -= events[events.First + i].Payload.Length;
        return state with { Events = events.Trim(count), EventBytes = bytes };
    }

    public static void WriteEvent(RecordWriter writer, EventRecord record)
    {
        writer.Byte(AddEvent);
        writer.Number(record.Sequence);
        writer.Text(record.Namespace);
        writer.Text(record.Topic);
        writer.Text(record.TypeUrl);
        writer.Bytes(record.Payload.Span);
        writer.Time(record.Timestamp);
    }

    /// <summary>Writes a whole state as frames.</summary>
    /// <param name="state">What to write.</param>
    /// <param name="frame">Takes the payload of one frame after the other.</param>
    public static void WriteState(MetadataState state, Action<RecordWriter> frame)
    {
        RecordWriter writer = new();
        void Flush()
        {
            if (writer.Length < CheckpointFrameBytes) return;
            frame(writer);
            writer.Clear();
        }
        foreach ((string name, NamespaceState space) in state.Namespaces)
        {
            writer.Byte(PutNamespace);
            writer.Text(name);
            writer.Labels(space.Labels);
            foreach (ITable table in Tables.All)
                table.WriteAll(space, w =>
                {
                    w.Byte(PutRow);
                    w.Byte(table.Id);
                    w.Text(name);
                }, writer, Flush);
        }
        for (int i = 0; i < state.Events.Count; i++)
        {
            WriteEvent(writer, state.Events[state.Events.First + i]);
            Flush();
        }
        writer.Byte(NextId);
        writer.Number(state.NextId);
        writer.Byte(LastSequence);
        writer.Number(state.LastSequence);
        writer.Byte(End);
        frame(writer);
    }

    private static MetadataState ApplyNamespace(MetadataState state, ref RecordReader reader)
    {
        string name = reader.Text();
        return state with { Namespaces = state.Namespaces.SetItem(name, state.Namespace(name) with { Labels = reader.Labels() }) };
    }

    private static MetadataState ApplyPut(MetadataState state, ref RecordReader reader)
    {
        ITable table = TableOf(reader.Byte());
        string name = reader.Text();
        return state with { Namespaces = state.Namespaces.SetItem(name, table.PutFrom(state.Namespace(name), ref reader)) };
    }

    private static MetadataState ApplyRemove(MetadataState state, ref RecordReader reader)
    {
        ITable table = TableOf(reader.Byte());
        string name = reader.Text();
        return state with { Namespaces = state.Namespaces.SetItem(name, table.Remove(state.Namespace(name), reader.Text())) };
    }

    private static ITable TableOf(byte id)
    {
        foreach (ITable table in Tables.All)
            if (table.Id == id) return table;
        throw RecordReader.Damaged();
    }
}
