using System.Globalization;
using Keelson.Linux.Sys;
using Keelson.Notary.MySql;
using MySqlConnector;

[assembly: AssemblyFixture(typeof(Keelson.Notary.Tests.Support.MariaServer))]

namespace Keelson.Notary.Tests.Support;

/// <summary>Debian's MariaDB with a directory of its own, on a unix socket and, with TLS, on the loopback interface. It starts when it is first asked for something.</summary>
public sealed class MariaServer : IDisposable
{
    public const string Password = "a-secret/of@the:tests?";

    private const string Scripts = "/usr/share/mysql/";

    private readonly string folder = TestDirectory.Make("maria");
    private readonly TestCertificates certificates = new();
    private readonly Lock starting = new();
    private int port;
    private ChildProcess? process;

    /// <summary>Who issued its certificate, a file.</summary>
    public string Authority => certificates.Authority;

    /// <summary>Makes a database.</summary>
    /// <param name="schema">Statements that make its tables.</param>
    /// <returns>Its address, by the socket.</returns>
    public async Task<string> MakeAsync(string? schema = null)
    {
        Start();
        string name = "db" + Guid.NewGuid().ToString("N");
        await RunAsync(AddressOf("mysql"), $"CREATE DATABASE {name}");
        if (schema is not null) await RunAsync(AddressOf(name), schema);
        return AddressOf(name);
    }

    /// <summary>The same database by the loopback interface.</summary>
    public string ByNetwork(string address) => string.Create(CultureInfo.InvariantCulture, $"keelson:{Password}@tcp(localhost:{port})/{NameOf(address)}");

    /// <summary>The same database as another user sees it, who may do what is granted.</summary>
    public async Task<string> AsAsync(string address, string grants)
    {
        string user = "u" + Guid.NewGuid().ToString("N")[..8];
        await RunAsync(address, $"CREATE USER {user} IDENTIFIED BY 'p'; GRANT {grants} ON {NameOf(address)}.* TO {user}");
        return $"{user}:p@unix({folder}/socket)/{NameOf(address)}";
    }

    /// <summary>Ends connections to a database, as a restart of the server would.</summary>
    public static async Task EndConnectionsAsync(string address)
    {
        foreach (long id in await ReadAsync(address, "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"))
        {
            try
            {
                await RunAsync(address, string.Create(CultureInfo.InvariantCulture, $"KILL {id}"));
            }
            catch (MySqlException e) when (e.ErrorCode == MySqlErrorCode.NoSuchThread)
            {
                // It ended by itself meanwhile, as that of the query before does.
            }
        }
    }

    /// <summary>Runs statements.</summary>
    public static async Task RunAsync(string address, string text)
    {
        await using MySqlConnection connection = await OpenAsync(address);
        await using MySqlCommand command = new(text, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Numbers of a query.</summary>
    public static async Task<List<long>> ReadAsync(string address, string text)
    {
        await using MySqlConnection connection = await OpenAsync(address);
        await using MySqlCommand command = new(text, connection);
        await using MySqlDataReader reader = await command.ExecuteReaderAsync();
        List<long> found = [];
        while (await reader.ReadAsync()) found.Add(reader.GetInt64(0));
        return found;
    }

    /// <summary>Waits until a query has this number of rows.</summary>
    public static async Task AwaitAsync(string address, int rows, string text)
    {
        long start = TimeProvider.System.GetTimestamp();
        while ((await ReadAsync(address, text)).Count != rows)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Condition.Limit, text);
            // InnoDB says the same again to who asks twice within a tenth of a second.
            await Task.Delay(150);
        }
    }

    /// <summary>A connection that is in no pool.</summary>
    public static async Task<MySqlConnection> OpenAsync(string address)
    {
        MySqlConnectionStringBuilder text = MySqlAddress.Parse(address);
        text.Pooling = false;
        MySqlConnection connection = new(text.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Ends it as a loss of power does. It starts again by <see cref="Start"/>.</summary>
    public void Kill()
    {
        process!.Signal(Signals.SIGKILL);
        process.WaitForEnd();
        process.Dispose();
        process = null;
    }

    /// <summary>Starts it where it does not run.</summary>
    public void Start()
    {
        lock (starting)
        {
            if (process is not null) return;
            Programs.Need("mariadbd");
            string[] command = ["mariadbd", "--no-defaults", "--user=root", $"--datadir={folder}/data", "--innodb-log-file-size=8M", "--innodb-buffer-pool-size=32M"];
            if (!Directory.Exists(folder + "/data"))
            {
                port = LoopbackPort.Free();
                Directory.CreateDirectory(folder + "/data");
                File.WriteAllText(folder + "/tables.sql", "CREATE DATABASE mysql;\nUSE mysql;\n" + File.ReadAllText(Scripts + "mysql_system_tables.sql"));
                File.WriteAllText(folder + "/users.sql", $"CREATE USER IF NOT EXISTS keelson IDENTIFIED BY '{Password}';\nGRANT ALL ON *.* TO keelson WITH GRANT OPTION;\n");
                ChildProcess.Run(["sh", "-c", "exec \"$@\" < \"$0\"", folder + "/tables.sql", .. command, "--bootstrap"]).Succeeds();
            }
            process = ChildProcess.Start([.. command, $"--socket={folder}/socket", $"--init-file={folder}/users.sql", "--bind-address=127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"--port={port}"),
                $"--ssl-cert={certificates.Server.Certificate}", $"--ssl-key={certificates.Server.Key}"]);
            Condition.Await("MariaDB to answer", () => process.HasEnded || process.Stderr.Contains("ready for connections", StringComparison.Ordinal), TimeSpan.FromMinutes(1));
            Assert.False(process.HasEnded, process.Stderr);
        }
    }

    public void Dispose()
    {
        if (process is not null) Kill();
        certificates.Dispose();
        TestDirectory.Remove(folder);
    }

    private string AddressOf(string database) => $"keelson:{Password}@unix({folder}/socket)/{database}?parseTime=True";

    private static string NameOf(string address) => MySqlAddress.Parse(address).Database;
}
