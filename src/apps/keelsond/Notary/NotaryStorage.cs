using Keelson.Daemon.Configuration;

namespace Keelson.Daemon.Notary;

/// <summary>The table <c>storage</c>: <c>backend</c> and <c>db_url</c>.</summary>
/// <param name="Backend"><c>memory</c>, <c>sqlite3</c> or <c>postgres</c>.</param>
/// <param name="Address">A file of SQLite, or the address of a database of PostgreSQL; empty for memory.</param>
internal sealed record NotaryStorage(string Backend, string Address)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the backend is not known, or its address is missing.</exception>
    public static NotaryStorage Read(NotaryFile file, ConfigSection section)
    {
        string backend = section.Text("backend") ?? "memory";
        if (backend is not ("memory" or "sqlite3" or "postgres")) throw section.Wrong("backend", $"'{backend}' is none of memory, sqlite3, postgres");
        string? address = backend == "sqlite3" ? file.Place(section, "db_url") : section.Text("db_url");
        if (backend != "memory" && string.IsNullOrEmpty(address)) throw section.Wrong("db_url", "is missing");
        return new(backend, address ?? "");
    }
}
