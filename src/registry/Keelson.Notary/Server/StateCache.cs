using System.Collections.Concurrent;

namespace Keelson.Notary.Server;

/// <summary>What collections were after their last change here, so that the next publication asks the store for nothing. Whether that is still so the store says, when it takes it.</summary>
/// <param name="limitBytes">Most that it keeps. Beyond it, it begins anew.</param>
internal sealed class StateCache(long limitBytes)
{
    private readonly ConcurrentDictionary<string, CollectionState> states = new(StringComparer.Ordinal);
    private readonly Lock changing = new();
    private long bytes;

    /// <summary>How much it keeps, in bytes.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>What a collection was; <see langword="null"/>: it is not known.</summary>
    public CollectionState? Find(string gun) => states.GetValueOrDefault(gun);

    /// <summary>Keeps what a collection is.</summary>
    public void Keep(string gun, CollectionState state)
    {
        lock (changing)
        {
            Remove(gun);
            if (state.WeightBytes > limitBytes) return;
            if (bytes + state.WeightBytes > limitBytes)
            {
                states.Clear();
                bytes = 0;
            }
            states[gun] = state;
            bytes += state.WeightBytes;
        }
    }

    /// <summary>Forgets a collection.</summary>
    public void Forget(string gun)
    {
        lock (changing) Remove(gun);
    }

    private void Remove(string gun)
    {
        if (states.TryRemove(gun, out CollectionState? state)) bytes -= state.WeightBytes;
    }
}
