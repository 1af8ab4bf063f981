using Keelson.Oci;

namespace Keelson.Registry.Store;

/// <summary>The tags of a repository in their order, so that listing a part of them costs that part.</summary>
internal sealed class TagIndex
{
    private static readonly Comparer<TagEntry> ByName = Comparer<TagEntry>.Create((x, y) => string.CompareOrdinal(x.Name, y.Name));
    private readonly Lock gate = new();
    private readonly List<TagEntry> entries;

    public TagIndex(List<TagEntry> entries)
    {
        entries.Sort(ByName);
        this.entries = entries;
    }

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (gate) return entries.Count;
        }
    }

    /// <summary>Where a tag stands.</summary>
    public Digest? Find(string name)
    {
        lock (gate)
        {
            int at = Position(name);
            return at >= 0 ? entries[at].Digest : null;
        }
    }

    /// <summary>Sets a tag.</summary>
    public void Set(TagEntry entry)
    {
        lock (gate)
        {
            int at = Position(entry.Name);
            if (at >= 0) entries[at] = entry;
            else entries.Insert(~at, entry);
        }
    }

    /// <summary>Removes a tag.</summary>
    public void Remove(string name)
    {
        lock (gate)
        {
            int at = Position(name);
            if (at >= 0) entries.RemoveAt(at);
        }
    }

    /// <summary>Some tags in lexical order.</summary>
    /// <param name="last">Those behind this one; empty for all.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="isMore">Whether there are others behind them.</param>
    public List<TagEntry> List(string last, int limit, out bool isMore)
    {
        lock (gate)
        {
            int found = last.Length == 0 ? -1 : Position(last);
            int at = found >= 0 ? found + 1 : ~found;
            int count = Math.Min(limit, entries.Count - at);
            isMore = at + count < entries.Count;
            return entries.GetRange(at, count);
        }
    }

    /// <summary>The tags that stand at a manifest.</summary>
    public List<string> Of(Digest digest)
    {
        lock (gate) return [.. entries.Where(entry => entry.Digest == digest).Select(entry => entry.Name)];
    }

    private int Position(string name) => entries.BinarySearch(new TagEntry(name, default, default), ByName);
}
