using System.Diagnostics.CodeAnalysis;

namespace Keelson.Registry.Store;

/// <summary>The values that were used last, up to a limit of their costs together.</summary>
internal sealed class LruCache<TKey, TValue>(long limit) where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, LinkedListNode<Entry>> entries = [];
    private readonly LinkedList<Entry> order = new();
    private long cost;

    /// <summary>Finds a value.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                value = default;
                return false;
            }
            if (node != order.First)
            {
                order.Remove(node);
                order.AddFirst(node);
            }
            value = node.Value.Value;
            return true;
        }
    }

    /// <summary>Keeps a value, and lets go of others when there are too many. One that costs more than all may is not kept.</summary>
    public void Set(TKey key, TValue value, long valueCost = 1)
    {
        lock (gate)
        {
            Drop(key);
            if (valueCost > limit) return;
            entries[key] = order.AddFirst(new Entry(key, value, valueCost));
            cost += valueCost;
            while (cost > limit) Drop(order.Last!.Value.Key);
        }
    }

    /// <summary>Lets go of a value.</summary>
    public void Remove(TKey key)
    {
        lock (gate) Drop(key);
    }

    private void Drop(TKey key)
    {
        if (!entries.Remove(key, out LinkedListNode<Entry>? node)) return;
        order.Remove(node);
        cost -= node.Value.Cost;
    }

    private readonly record struct Entry(TKey Key, TValue Value, long Cost);
}
