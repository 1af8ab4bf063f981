using System.Globalization;
using Keelson.Notary.Tests.Support;
using Keelson.Notary.Tests.Tokens;
using Npgsql;

namespace Keelson.Notary.Tests.Debian;

/// <summary>Debian's notary-server, notary-signer and notary, on the loopback interface.</summary>
internal sealed class DebianNotary : IDisposable
{
    public const string Alias = "k1", Passphrase = "passphrase of the signer";

    private readonly string folder = TestDirectory.Make("notary");
    private readonly TestCertificates certificates;
    private readonly List<ChildProcess> processes = [];
    private ChildProcess? tokenSigner;
    private int serverPort;

    public DebianNotary(TestCertificates certificates)
    {
        Programs.Need("notary", "notary-server", "notary-signer");
        this.certificates = certificates;
    }

    /// <summary>Our own daemon, which takes the places of notary-server and notary-signer; <see langword="null"/>: they are Debian's.</summary>
    public string? Daemon { get; set; }

    /// <summary>Where notary-server is.</summary>
    public Uri Server => new(string.Create(CultureInfo.InvariantCulture, $"https://localhost:{serverPort}"));

    /// <summary>Starts notary-signer.</summary>
    /// <param name="connection">Its database in Npgsql's words or as an address of MySQL; <see langword="null"/>: its memory.</param>
    /// <returns>Its port.</returns>
    public int StartSigner(string? connection)
    {
        int port = LoopbackPort.Free();
        File.WriteAllText(folder + "/signer.json", $$"""
            {"server": {"grpc_addr": "127.0.0.1:{{port}}", "tls_cert_file": "{{certificates.Server.Certificate}}", "tls_key_file": "{{certificates.Server.Key}}", "client_ca_file": "{{certificates.Authority}}"},
             "logging": {"level": "debug"}, "storage": {{StorageOf(connection)}}}
            """);
        Start("notary-signer", folder + "/signer.json", port, new() { ["NOTARY_SIGNER_DEFAULT_ALIAS"] = Alias, ["NOTARY_SIGNER_K1"] = Passphrase });
        return port;
    }

    /// <summary>Starts our signer, whose keys are in a token and whose PIN is in a file.</summary>
    /// <param name="token">The token.</param>
    /// <param name="port">Where it listens.</param>
    public void StartSigner(SoftToken token, int port)
    {
        File.WriteAllText(folder + "/pin", SoftToken.Pin + "\n");
        TestDirectory.SetMode(folder + "/pin", 0b110_100_000);
        File.WriteAllText(folder + "/token.json", $$"""
            {"server": {"grpc_addr": "127.0.0.1:{{port}}", "tls_cert_file": "{{certificates.Server.Certificate}}", "tls_key_file": "{{certificates.Server.Key}}", "client_ca_file": "{{certificates.Authority}}"},
             "logging": {"level": "debug"}, "storage": {"backend": "pkcs11", "module": "{{SoftToken.Module}}", "token_label": "{{SoftToken.Label}}", "pin_file": "pin"} }
            """);
        tokenSigner = Start("notary-signer", folder + "/token.json", port, token.Environment, Repository.PublishedDaemon);
    }

    /// <summary>Ends the signer of the token as a loss of power does.</summary>
    public void KillSigner()
    {
        tokenSigner!.Signal(Linux.Sys.Signals.SIGKILL);
        tokenSigner.WaitForEnd();
    }

    /// <summary>Starts notary-server.</summary>
    /// <param name="signerPort">Where its signer is, Debian's or ours.</param>
    /// <param name="connection">Its database in Npgsql's words or as an address of MySQL; <see langword="null"/>: its memory.</param>
    /// <param name="algorithm">Which keys it asks for.</param>
    public void StartServer(int signerPort, string? connection, string algorithm = "ecdsa")
    {
        serverPort = LoopbackPort.Free();
        File.WriteAllText(folder + "/server.json", $$"""
            {"server": {"http_addr": "127.0.0.1:{{serverPort}}", "tls_cert_file": "{{certificates.Server.Certificate}}", "tls_key_file": "{{certificates.Server.Key}}"},
             "trust_service": {"type": "remote", "hostname": "localhost", "port": "{{signerPort}}", "tls_ca_file": "{{certificates.Authority}}", "key_algorithm": "{{algorithm}}",
                               "tls_client_cert": "{{certificates.Client.Certificate}}", "tls_client_key": "{{certificates.Client.Key}}"},
             "logging": {"level": "debug"}, "storage": {{StorageOf(connection)}}}
            """);
        Start("notary-server", folder + "/server.json", serverPort, []);
    }

    /// <summary>Ends the newest of them as a loss of power does.</summary>
    public void Kill()
    {
        processes[^1].Signal(Linux.Sys.Signals.SIGKILL);
        processes[^1].WaitForEnd();
    }

    /// <summary>Runs its client.</summary>
    public CommandResult Notary(params ReadOnlySpan<string> arguments) =>
        ChildProcess.Run(["notary", "-s", Server.ToString().TrimEnd('/'), "--tlscacert", certificates.Authority, "-d", folder + "/trust", .. arguments], new()
        {
            Environment = new Dictionary<string, string>
            {
                ["HOME"] = folder,
                ["NOTARY_ROOT_PASSPHRASE"] = "passw0rd",
                ["NOTARY_TARGETS_PASSPHRASE"] = "passw0rd",
                ["NOTARY_SNAPSHOT_PASSPHRASE"] = "passw0rd",
                ["NOTARY_DELEGATION_PASSPHRASE"] = "passw0rd",
            },
        });

    /// <summary>A file to be published.</summary>
    public string Target(string text)
    {
        File.WriteAllText(folder + "/target", text);
        return folder + "/target";
    }

    /// <summary>What the daemons said.</summary>
    public string Log => string.Join('\n', processes.Select(process => process.Stderr + process.Stdout));

    public void Dispose()
    {
        foreach (ChildProcess process in processes) process.Dispose();
        TestDirectory.Remove(folder);
    }

    private ChildProcess Start(string program, string configuration, int port, Dictionary<string, string> environment, string? daemon = null)
    {
        daemon ??= Daemon;
        ChildProcess process = ChildProcess.Start([.. daemon is null ? [program] : (string[])[daemon, "notary", program["notary-".Length..]], "-config", configuration], new() { Environment = environment });
        processes.Add(process);
        Condition.Await($"{program} to listen", () => process.HasEnded || LoopbackPort.Accepts(port));
        Assert.False(process.HasEnded, process.Stderr + process.Stdout);
        return process;
    }

    private static string StorageOf(string? connection)
    {
        if (connection is { } file && file.StartsWith('/')) return $$"""{"backend": "sqlite3", "db_url": "{{file}}"}""";
        if (connection is null) return """{"backend": "memory"}""";
        if (connection.Contains(")/", StringComparison.Ordinal)) return $$"""{"backend": "mysql", "db_url": "{{connection}}"}""";
        NpgsqlConnectionStringBuilder text = new(connection);
        return $$"""{"backend": "postgres", "db_url": "postgres://{{text.Username}}@/{{text.Database}}?host={{Uri.EscapeDataString(text.Host!)}}&sslmode=disable"}""";
    }
}
