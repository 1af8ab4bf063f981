using Keelson.Linux.Sys;

namespace Keelson.Registry.Tests;

/// <summary>Debian's PostgreSQL with a directory of its own, on a unix socket. It starts when it is first asked for something.</summary>
public sealed class PostgresServer : IDisposable
{
    private const string Versions = "/usr/lib/postgresql";

    private readonly string folder = TestDirectory.Make("pg");
    private readonly Lazy<ChildProcess> process;

    public PostgresServer() => process = new(Start);

    /// <summary>How it is reached.</summary>
    public string Connection
    {
        get
        {
            Assert.False(process.Value.HasEnded, process.Value.Stderr);
            return $"Host={folder};Database=postgres;Username=keelson;Password=a-secret-of-the-tests";
        }
    }

    /// <summary>Ends all connections, as a restart of the server would.</summary>
    public void EndConnections() => Ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");

    public void Dispose()
    {
        if (process.IsValueCreated)
        {
            process.Value.Signal(Signals.SIGINT);
            process.Value.WaitForEnd();
            process.Value.Dispose();
        }
        TestDirectory.Remove(folder);
    }

    private string Ask(string text) => Run(["psql", "-h", folder, "-U", "keelson", "-d", "postgres", "-Atc", text]);

    private ChildProcess Start()
    {
        Programs.Need("pg_ctlcluster", "psql", "setpriv");
        string programs = Directory.GetDirectories(Versions).Order(StringComparer.Ordinal).Last() + "/bin/";
        // It refuses to run as root.
        string[] user = Environment.UserName == "root" ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] : [];
        if (user.Length > 0)
        {
            Run(["chown", "nobody:nogroup", folder]);
            Run(["chmod", "a+x", Path.GetDirectoryName(folder)!]);
        }
        Run([.. user, programs + "initdb", "-D", folder + "/data", "-U", "keelson", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8"]);
        ChildProcess started = ChildProcess.Start([.. user, programs + "postgres", "-D", folder + "/data", "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=60"]);
        Condition.Await("PostgreSQL to answer", () => started.HasEnded || ChildProcess.Run(["psql", "-h", folder, "-U", "keelson", "-d", "postgres", "-Atc", "SELECT 1"]).ExitCode == 0, TimeSpan.FromMinutes(2));
        return started;
    }

    private static string Run(IReadOnlyList<string> command)
    {
        CommandResult result = ChildProcess.Run(command, new() { Limit = TimeSpan.FromMinutes(2) });
        Assert.True(result.ExitCode == 0, result.Stderr);
        return result.Stdout;
    }
}
