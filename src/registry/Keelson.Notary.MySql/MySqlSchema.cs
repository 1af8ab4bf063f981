using MySqlConnector;
using static Keelson.Notary.MySql.MySqlDatabase;

namespace Keelson.Notary.MySql;

/// <summary>What there is of tables, and how it is made. Each step is one statement that is done or not, since a statement that makes a table ends a transaction.</summary>
internal static class MySqlSchema
{
    /// <summary>What follows the columns of a table. Names that differ in case are different.</summary>
    public const string Kind = "ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

    /// <summary>Longest time that a table takes to be made or changed, in seconds.</summary>
    private const int ChangeSeconds = 3600;

    /// <summary>Whether there is such a table. Who may not make tables may still use those that are there.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it knows no transactions.</exception>
    public static async Task<bool> HasTableAsync(MySqlConnection connection, string table, CancellationToken cancel)
    {
        List<string> engines = await ReadAsync(connection, "SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?", reader => reader.GetString(0), cancel, table).ConfigureAwait(false);
        if (engines is [not "InnoDB", ..]) throw new KeelsonException(ErrorKind.FailedPrecondition, $"mysql: open {table}: its engine is {engines[0]}, which has no transactions as InnoDB has");
        return engines.Count > 0;
    }

    /// <summary>Whether a table has a column.</summary>
    public static async Task<bool> HasColumnAsync(MySqlConnection connection, string table, string column, CancellationToken cancel) =>
        (await ReadAsync(connection, "SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?", _ => true, cancel, table, column).ConfigureAwait(false)).Count > 0;

    /// <summary>Makes or changes tables.</summary>
    public static async Task ChangeAsync(MySqlConnection connection, string text, CancellationToken cancel)
    {
        await using MySqlCommand command = new(text, connection) { CommandTimeout = ChangeSeconds };
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Lets columns of names keep every character, and tell upper case from lower: those of notary's tables do not.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: this user may not change the table.</exception>
    public static async Task MakeExactAsync(MySqlConnection connection, string table, IReadOnlyList<string> columns, CancellationToken cancel)
    {
        // A column of bytes has no collation, and is exact.
        List<string> inexact = await ReadAsync(connection, "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND collation_name NOT LIKE 'utf8mb4%bin'",
            reader => reader.GetString(0), cancel, table).ConfigureAwait(false);
        string change = string.Join(", ", columns.Intersect(inexact).Select(column => $"MODIFY {column} varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"));
        if (change.Length == 0) return;
        try
        {
            await ChangeAsync(connection, $"ALTER TABLE {table} {change}", cancel).ConfigureAwait(false);
        }
        catch (MySqlException e) when (e.ErrorCode is MySqlErrorCode.TableAccessDenied or MySqlErrorCode.ColumnAccessDenied)
        {
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"mysql: open {table}: its names do not tell upper case from lower, and this user may not change that; who may runs: ALTER TABLE {table} {change}", e);
        }
    }
}
