using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Keelson.Notary.Sqlite;

/// <summary>A database's file: connections to it, and values as notary's driver writes them.</summary>
internal static class SqliteFile
{
    /// <summary>Primary result codes of sqlite3.h.</summary>
    private const int Corrupt = 11, NotADatabase = 26;

    /// <summary>Go's driver writes times so, and reads a few other forms.</summary>
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss.fffffffzzz";

    /// <summary>Opens a connection, and makes the file where it is missing.</summary>
    public static SqliteConnection Open(SqliteOptions options)
    {
        // SQLite would give it the permissions that the process' mask leaves; the files beside it get those of this one.
        if (!File.Exists(options.Path))
        {
            FileStreamOptions create = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite };
            if (!OperatingSystem.IsWindows()) create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            new FileStream(options.Path, create).Dispose();
        }
        SqliteConnectionStringBuilder builder = new() { DataSource = options.Path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = (int)Math.Ceiling(options.BusyLimit.TotalSeconds) };
        SqliteConnection connection = Make(builder.ConnectionString);
        try
        {
            connection.Open();
            string busy = ((int)options.BusyLimit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            // What a savepoint may take back is kept in memory, and not in a file of its own.
            Run(connection, $"PRAGMA busy_timeout={busy}; PRAGMA temp_store=MEMORY; PRAGMA journal_mode=WAL; PRAGMA synchronous={(options.IsDurable ? "FULL" : "NORMAL")}");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static SqliteConnection Make(string text)
    {
        try
        {
            return new(text);
        }
        catch (TypeInitializationException e)
        {
            throw new KeelsonException(ErrorKind.Unsupported, "sqlite3: libe_sqlite3.so cannot be loaded; it belongs beside the program", e);
        }
    }

    /// <summary>Runs statements.</summary>
    public static void Run(SqliteConnection connection, string text)
    {
        using SqliteCommand command = Command(connection, text);
        command.ExecuteNonQuery();
    }

    /// <summary>A statement with named parameters, which are set before it runs.</summary>
    public static SqliteCommand Command(SqliteConnection connection, string text, params ReadOnlySpan<string> parameters)
    {
        SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant; values are parameters.
        command.CommandText = text;
#pragma warning restore CA2100
        foreach (string parameter in parameters) command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        return command;
    }

    /// <summary>Sets the parameters, in their order.</summary>
    public static SqliteCommand With(this SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (int i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }

    /// <summary>Makes tables in one transaction, which other processes wait for.</summary>
    public static void Prepare(SqliteConnection connection, string schema)
    {
        Run(connection, "BEGIN IMMEDIATE");
        try
        {
            Run(connection, schema);
            Run(connection, "COMMIT");
        }
        catch
        {
            Run(connection, "ROLLBACK");
            throw;
        }
    }

    /// <summary>The names that a query of one column gives.</summary>
    public static HashSet<string> Names(SqliteConnection connection, string text)
    {
        using SqliteCommand command = Command(connection, text);
        using SqliteDataReader reader = command.ExecuteReader();
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        while (reader.Read()) names.Add(reader.GetString(0));
        return names;
    }

    /// <summary>Whether it is a fault of the database.</summary>
    public static bool IsFault(Exception error) => error is SqliteException or IOException or UnauthorizedAccessException or InvalidOperationException;

    /// <summary>A fault of the database as a caller sees it.</summary>
    public static KeelsonException Fault(string what, Exception error) =>
        new(error is SqliteException { SqliteErrorCode: Corrupt or NotADatabase } ? ErrorKind.DataLoss : ErrorKind.Unavailable, "sqlite3: " + what, error);

    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>A time as any writer may have left it; the beginning of 1970 when there is none.</summary>
    public static DateTimeOffset TimeAt(SqliteDataReader reader, int column) =>
        !reader.IsDBNull(column) && DateTimeOffset.TryParse(reader.GetString(column), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time) ? time : DateTimeOffset.UnixEpoch;
}
