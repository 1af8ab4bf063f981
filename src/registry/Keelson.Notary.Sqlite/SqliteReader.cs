using Keelson.Notary.Stores;
using Microsoft.Data.Sqlite;

namespace Keelson.Notary.Sqlite;

/// <summary>A connection with what is asked through it, prepared.</summary>
internal sealed class SqliteReader : IDisposable
{
    private const string Files = "SELECT role, version, sha256, data, created_at FROM tuf_files WHERE gun = @gun AND role = @role AND deleted_at IS NULL";
    private const string Lines = "SELECT id, created_at, gun, version, sha256, category FROM changefeed WHERE id > @above AND id < @below AND (@gun IS NULL OR gun = @gun) ORDER BY id ";

    private readonly SqliteConnection connection;
    private readonly SqliteCommand current, byHash, byVersion, forwards, backwards, next;

    /// <summary>Takes a connection, which is its own from here on.</summary>
    public SqliteReader(SqliteConnection connection)
    {
        this.connection = connection;
        current = SqliteFile.Command(connection, Files + " ORDER BY version DESC LIMIT 1", "@gun", "@role");
        byHash = SqliteFile.Command(connection, Files + " AND sha256 = @sha256 ORDER BY version LIMIT 1", "@gun", "@role", "@sha256");
        byVersion = SqliteFile.Command(connection, Files + " AND version = @version", "@gun", "@role", "@version");
        forwards = SqliteFile.Command(connection, Lines + "LIMIT @count", "@above", "@below", "@gun", "@count");
        backwards = SqliteFile.Command(connection, Lines + "DESC LIMIT @count", "@above", "@below", "@gun", "@count");
        next = SqliteFile.Command(connection, "SELECT gun FROM tuf_files WHERE gun > @after AND deleted_at IS NULL ORDER BY gun LIMIT 1", "@after");
    }

    public TrustFile? Find(string gun, string role) => File(current.With(gun, role));

    public TrustFile? FindByHash(string gun, string role, string sha256) => File(byHash.With(gun, role, sha256));

    public TrustFile? FindByVersion(string gun, string role, long version) => File(byVersion.With(gun, role, version));

    public IReadOnlyList<TrustChange> Changes(string? gun, ChangeRange range)
    {
        using SqliteDataReader reader = (range.IsBackwards ? backwards : forwards).With(range.Bounds.Above, range.Bounds.Below, gun, range.Count).ExecuteReader();
        List<TrustChange> changes = [];
        while (reader.Read())
            changes.Add(new(reader.GetInt64(0), SqliteFile.TimeAt(reader, 1), reader.GetString(2), reader.GetInt64(3), reader.IsDBNull(4) ? "" : reader.GetString(4).Trim(), reader.GetString(5) == "deletion"));
        if (range.IsBackwards) changes.Reverse();
        return changes;
    }

    /// <summary>Seeks from name to name: the rows of a collection between two names may be many.</summary>
    public IReadOnlyList<string> List(string after, int count)
    {
        List<string> names = [];
        while (names.Count < count && next.With(after).ExecuteScalar() is string name) names.Add(after = name);
        return names;
    }

    public void Dispose()
    {
        foreach (SqliteCommand command in (ReadOnlySpan<SqliteCommand>)[current, byHash, byVersion, forwards, backwards, next]) command.Dispose();
        connection.Dispose();
    }

    private static TrustFile? File(SqliteCommand command)
    {
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read() ? new(reader.GetString(0), reader.GetInt64(1), reader.IsDBNull(2) ? "" : reader.GetString(2), reader.GetFieldValue<byte[]>(3), SqliteFile.TimeAt(reader, 4)) : null;
    }
}
