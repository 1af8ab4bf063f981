using Keelson.Daemon.Configuration;
using Keelson.Registry.Postgres;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>coordination</c> of a registry's configuration: what several registries on one store share.</summary>
/// <remarks>
/// <code>
/// [coordination.postgresql]   connection, store, settling, member (the name of the machine)
/// </code>
/// </remarks>
internal static class CoordinationConfig
{
    /// <summary>Reads the table.</summary>
    /// <returns><see langword="null"/>: the registry has its store alone.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown or has a wrong value.</exception>
    public static PostgresOptions? Read(ConfigSection section)
    {
        bool isThere = section.Tables.Contains("postgresql");
        ConfigSection table = section.Section("postgresql");
        PostgresOptions? read = null;
        if (isThere)
        {
            read = new() { Connection = table.Text("connection") ?? throw table.Wrong("connection", "is missing") };
            read = read with { Store = table.Text("store") ?? read.Store, Settling = table.Duration("settling", read.Settling), Member = table.Text("member") ?? Environment.MachineName };
        }
        table.End();
        section.End();
        return read;
    }
}
