using System.Runtime.InteropServices;

namespace Keelson.Content;

/// <summary>Events that are kept, oldest first, with numbers without gaps. A version of it never changes for who reads it.</summary>
/// <remarks>
/// Versions share their chunks: an event is put behind the last one of its version, where no older version looks, and the one thread that writes goes on from one version. What that thread gives up, since its
/// transaction failed, is overwritten by the next. An event costs its record, its payload and eight bytes, and no text that another one has: namespaces, topics and types are few.
/// <code>
///   chunks   [ x x x a b ] [ c d e f g ] [ h i . . . ]        x was trimmed; the chunk goes with its last event
///   start          3                          count 9
/// </code>
/// </remarks>
internal sealed class EventQueue
{
    public static readonly EventQueue Empty = new([], 0, 0, 0);

    private const int ChunkLength = 256;
    private readonly EventRecord[][] chunks;
    private readonly int start;

    private EventQueue(EventRecord[][] chunks, int start, int count, long first)
    {
        this.chunks = chunks;
        this.start = start;
        Count = count;
        First = first;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>Number of the first; meaningless when there is none.</summary>
    public long First { get; }

    /// <summary>The event of a number that is there.</summary>
    public EventRecord this[long sequence]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(sequence, First);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, First + Count);
            int slot = start + (int)(sequence - First);
            return chunks[slot / ChunkLength][slot % ChunkLength];
        }
    }

    /// <summary>A version with another event at its end. Only the newest version that is kept may be added to, by one thread.</summary>
    /// <param name="record">The event; its number is the next one.</param>
    /// <param name="words">Texts that events share.</param>
    /// <exception cref="KeelsonException">DataLoss: there is a gap before it.</exception>
    public EventQueue Add(EventRecord record, SharedWords words)
    {
        if (Count > 0 && record.Sequence != First + Count) throw new KeelsonException(ErrorKind.DataLoss, $"read the event log: event {record.Sequence} follows {First + Count - 1}");
        int slot = start + Count;
        EventRecord[][] all = slot < chunks.Length * ChunkLength ? chunks : [.. chunks, new EventRecord[ChunkLength]];
        all[slot / ChunkLength][slot % ChunkLength] = record with
        {
            Namespace = words.Of(record.Namespace),
            Topic = words.Of(record.Topic),
            TypeUrl = words.Of(record.TypeUrl),
            Payload = Own(record.Payload),
        };
        return new(all, start, Count + 1, Count == 0 ? record.Sequence : First);
    }

    /// <summary>A version without its oldest events.</summary>
    public EventQueue Trim(int count)
    {
        count = Math.Min(count, Count);
        int at = start + count, gone = at / ChunkLength;
        return new(gone == 0 ? chunks : chunks[gone..], at % ChunkLength, Count - count, First + count);
    }

    /// <summary>A piece of a longer message would keep all of it.</summary>
    private static ReadOnlyMemory<byte> Own(ReadOnlyMemory<byte> payload) =>
        MemoryMarshal.TryGetArray(payload, out ArraySegment<byte> segment) && segment.Array!.Length == segment.Count ? payload : payload.ToArray();
}
