using System.Collections.Immutable;

namespace Keelson.Content;

/// <summary>Reads one row.</summary>
internal delegate TRow RowReader<TRow>(ref RecordReader reader);

/// <summary>How rows of one kind are named, written, and found in a namespace.</summary>
internal sealed class Table<TRow>(byte id, string name, Func<TRow, string> key, Action<RecordWriter, TRow> write, RowReader<TRow> read,
    Func<NamespaceState, ImmutableSortedDictionary<string, TRow>> get, Func<NamespaceState, ImmutableSortedDictionary<string, TRow>, NamespaceState> set) : ITable
{
    /// <summary>The table's number in the log.</summary>
    public byte Id => id;

    /// <summary>What one row is called in messages.</summary>
    public string Name => name;

    public string Key(TRow row) => key(row);

    public void Write(RecordWriter writer, TRow row) => write(writer, row);

    public ImmutableSortedDictionary<string, TRow> Rows(NamespaceState space) => get(space);

    public NamespaceState Put(NamespaceState space, TRow row) => set(space, get(space).SetItem(key(row), row));

    public NamespaceState Remove(NamespaceState space, string rowKey) => set(space, get(space).Remove(rowKey));

    NamespaceState ITable.PutFrom(NamespaceState space, ref RecordReader reader) => Put(space, read(ref reader));

    void ITable.WriteAll(NamespaceState space, Action<RecordWriter> begin, RecordWriter writer, Action end)
    {
        foreach (TRow row in get(space).Values)
        {
            begin(writer);
            write(writer, row);
            end();
        }
    }
}

/// <summary>A table whose row type does not matter.</summary>
internal interface ITable
{
    byte Id { get; }

    /// <summary>Puts the row that comes next in the log.</summary>
    NamespaceState PutFrom(NamespaceState space, ref RecordReader reader);

    NamespaceState Remove(NamespaceState space, string rowKey);

    /// <summary>Writes all rows, each between calls of <paramref name="begin"/> and <paramref name="end"/>.</summary>
    void WriteAll(NamespaceState space, Action<RecordWriter> begin, RecordWriter writer, Action end);
}
