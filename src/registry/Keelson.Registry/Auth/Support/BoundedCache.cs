using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Keelson.Registry.Auth;

/// <summary>Remembers a limited number of values, each until its time; the oldest goes when there is no room.</summary>
internal sealed class BoundedCache<TKey, TValue>(int capacity, TimeProvider time) where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, (TValue Value, DateTimeOffset Until)> entries = new();
    private readonly Queue<TKey> order = new();
    private readonly Lock gate = new();

    public int Count => entries.Count;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        bool isThere = entries.TryGetValue(key, out (TValue Value, DateTimeOffset Until) entry) && entry.Until > time.GetUtcNow();
        value = isThere ? entry.Value : default;
        return isThere;
    }

    public void Add(TKey key, TValue value, DateTimeOffset until)
    {
        lock (gate)
        {
            // Each key is in the queue once; what has ended keeps its place there.
            if (!entries.ContainsKey(key))
            {
                if (order.Count >= capacity) entries.TryRemove(order.Dequeue(), out _);
                order.Enqueue(key);
            }
            entries[key] = (value, until);
        }
    }
}
