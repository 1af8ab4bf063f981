using System.Collections.Concurrent;

namespace Keelson.Notary.Sqlite;

/// <summary>Connections that read, each used by one caller at a time.</summary>
internal sealed class SqliteReaders(SqliteOptions options) : IDisposable
{
    /// <summary>Most that are kept open while nobody uses them: more than there are processors on most machines, and each costs a page cache of 2 MB at most.</summary>
    private const int IdleLimit = 16;

    private readonly ConcurrentBag<SqliteReader> idle = [];
    private bool isClosed;

    /// <summary>Asks with one of them.</summary>
    public T Ask<T>(Func<SqliteReader, T> ask)
    {
        ObjectDisposedException.ThrowIf(isClosed, this);
        if (!idle.TryTake(out SqliteReader? reader)) reader = new(SqliteFile.Open(options));
        try
        {
            T found = ask(reader);
            if (!isClosed && idle.Count < IdleLimit)
            {
                idle.Add(reader);
                reader = null;
            }
            return found;
        }
        finally
        {
            reader?.Dispose();
        }
    }

    public void Dispose()
    {
        isClosed = true;
        while (idle.TryTake(out SqliteReader? reader)) reader.Dispose();
    }
}
