using Keelson.Linux.Sys;
using Keelson.Notary.Tests.Debian;
using Keelson.Notary.Tests.Support;

namespace Keelson.Notary.Tests.Server;

/// <summary><c>keelsond notary server</c> and <c>keelsond notary signer</c>, with the configuration of notary's programs and Debian's client.</summary>
public sealed class NotaryDaemonTests(MariaServer maria)
{
    private const string Gun = "example.org/team/app";

    [DaemonFact]
    public void Server_and_signer_serve_Debians_client_from_files_and_find_all_after_a_kill()
    {
        using TestCertificates certificates = new();
        using DebianNotary notary = new(certificates) { Daemon = Repository.PublishedDaemon };
        string folder = TestDirectory.Make("stores");
        int signer = notary.StartSigner(folder + "/signer.db");
        notary.StartServer(signer, folder + "/server.db");
        notary.Notary("init", "-p", Gun).Succeeds();
        notary.Notary("add", "-p", Gun, "v1", notary.Target("one")).Succeeds();
        notary.Notary("key", "rotate", Gun, "snapshot", "-r").Succeeds();
        notary.Kill();
        notary.StartServer(signer, folder + "/server.db");
        notary.Notary("add", "-p", Gun, "v2", notary.Target("two")).Succeeds();
        string list = notary.Notary("list", Gun).Succeeds().Stdout;
        Assert.Contains("v1", list, StringComparison.Ordinal);
        Assert.Contains("v2", list, StringComparison.Ordinal);
        string[] asked = ["curl", "-sf", "--cacert", certificates.Authority];
        Assert.Equal("{}", ChildProcess.Run([.. asked, new Uri(notary.Server, "/_notary_server/health").ToString()]).Succeeds().Text);
        Assert.Contains("""keelson_notary_request_duration_seconds_count{operation="update",status="200"}""", ChildProcess.Run([.. asked, new Uri(notary.Server, "/metrics").ToString()]).Succeeds().Stdout, StringComparison.Ordinal);
        // Keys are wrapped where they are kept, and nobody else reads them.
        Assert.DoesNotContain("PRIVATE KEY", File.ReadAllText(folder + "/signer.db"), StringComparison.Ordinal);
        Assert.Equal("600", ChildProcess.Run(["stat", "-c", "%a", folder + "/signer.db"]).Succeeds().Text);
        Assert.DoesNotContain(DebianNotary.Passphrase, notary.Log, StringComparison.Ordinal);
        TestDirectory.Remove(folder);
    }

    [DaemonFact]
    public async Task Server_and_signer_keep_all_in_mysql_where_Debians_go_on_and_give_it_back()
    {
        using TestCertificates certificates = new();
        using DebianNotary notary = new(certificates) { Daemon = Repository.PublishedDaemon };
        string keys = await maria.MakeAsync(), collections = maria.ByNetwork(await maria.MakeAsync()) + "?parseTime=True&tls=skip-verify";
        notary.StartServer(notary.StartSigner(keys), collections);
        notary.Notary("init", "-p", Gun).Succeeds();
        notary.Notary("add", "-p", Gun, "v1", notary.Target("one")).Succeeds();
        notary.Notary("key", "rotate", Gun, "snapshot", "-r").Succeeds();
        foreach ((string? daemon, string tag) in (IEnumerable<(string?, string)>)[(null, "v2"), (Repository.PublishedDaemon, "v3")])
        {
            notary.Kill();
            notary.Daemon = daemon;
            notary.StartServer(notary.StartSigner(keys), collections);
            notary.Notary("add", "-p", Gun, tag, notary.Target(tag)).Succeeds();
        }
        string list = notary.Notary("list", Gun).Succeeds().Stdout;
        foreach (string tag in (string[])["v1", "v2", "v3"]) Assert.Contains(tag, list, StringComparison.Ordinal);
        Assert.Contains("from mysql", notary.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(MariaServer.Password, notary.Log, StringComparison.Ordinal);
    }

    [DaemonFact]
    public void A_server_alone_keeps_its_keys_itself()
    {
        using TestCertificates certificates = new();
        string folder = TestDirectory.Make("alone");
        File.WriteAllText(folder + "/server.json", $$"""
            {"server": {"http_addr": "127.0.0.1:0", "tls_cert_file": "{{certificates.Server.Certificate}}", "tls_key_file": "{{certificates.Server.Key}}"}, "trust_service": {"type": "local", "key_algorithm": "ed25519"},
             "storage": {"backend": "memory"}, "repositories": {"gun_prefixes": ["example.org/"]}, "caching": {"max_age": {"current_metadata": 60} }, "reporting": {"bugsnag": {"api_key": "x"} }, "logging": {"level": "debug"} }
            """);
        using StandInManager manager = new();
        using ChildProcess server = ChildProcess.Start([Repository.PublishedDaemon, "notary", "server", "--config", folder + "/server.json"], new() { Environment = new Dictionary<string, string> { ["NOTARY_SERVER_STORAGE_BACKEND"] = "sqlite3", ["NOTARY_SERVER_STORAGE_DB_URL"] = "server.db", ["NOTARY_SIGNER_DEFAULT_ALIAS"] = "one", ["NOTARY_SIGNER_ONE"] = "secret", ["NOTIFY_SOCKET"] = manager.Address } });
        Condition.Await("the server: " + server.Stderr, () => server.HasEnded || server.Stderr.Contains("notary serves", StringComparison.Ordinal));
        Assert.Equal("READY=1", manager.Hear());
        Assert.Contains("from sqlite3", server.Stderr, StringComparison.Ordinal);
        string address = "https://localhost:" + server.Stderr.Split("127.0.0.1:")[1].Split(' ')[0];
        CommandResult Notary(params string[] words) => ChildProcess.Run(["notary", "-s", address, "--tlscacert", certificates.Authority, "-d", folder + "/trust", .. words], new()
        {
            Environment = new Dictionary<string, string> { ["HOME"] = folder, ["NOTARY_ROOT_PASSPHRASE"] = "passphrase", ["NOTARY_TARGETS_PASSPHRASE"] = "passphrase", ["NOTARY_SNAPSHOT_PASSPHRASE"] = "passphrase" },
        });
        Notary("init", "-p", Gun).Succeeds();
        Assert.Contains("ed25519", File.ReadAllText($"{folder}/trust/tuf/{Gun}/metadata/root.json"), StringComparison.Ordinal);
        Notary("init", "-p", "elsewhere/app").Exits(1);
        Assert.True(File.Exists(folder + "/server.db"));
        server.Signal(Signals.SIGTERM);
        Assert.Equal("STOPPING=1", manager.Hear());
        server.WaitForEnd().Succeeds();
        TestDirectory.Remove(folder);
    }

    [DaemonFact]
    public void A_configuration_that_makes_no_sense_is_refused_with_the_key()
    {
        string file = TestDirectory.Make("wrong") + "/config.json";
        foreach ((string command, string json, string why) in (ReadOnlySpan<(string, string, string)>)
        [
            ("server", "{}", "server.http_addr: is missing"), ("server", "{", "config.json"), ("server", """{"server": {"http_addr": ":0", "colour": 1}}""", "server.colour: the key is unknown"),
            ("server", """{"server": {"http_addr": ":0"}, "storage": {"backend": "oracle"}}""", "none of memory, sqlite3, postgres, mysql"),
            ("server", """{"server": {"http_addr": ":0"}, "storage": {"backend": "mysql", "db_url": "server:secret@/"}}""", "it names no database"),
            ("server", """{"server": {"http_addr": ":0"}, "storage": {"backend": "sqlite3"}}""", "storage.db_url: is missing"),
            ("server", """{"server": {"http_addr": ":0"}, "trust_service": {"type": "remote"}}""", "trust_service.hostname: is missing"),
            ("server", """{"server": {"http_addr": ":0"}, "trust_service": {"key_algorithm": "rsa"}}""", "none of ecdsa, ed25519"),
            ("server", """{"server": {"http_addr": ":0"}, "repositories": {"gun_prefixes": ["a"]}}""", "does not end with a slash"),
            ("server", """{"server": {"http_addr": ":0"}, "auth": {"type": "token"}}""", "auth.options.realm: is missing"),
            ("server", """{"server": {"http_addr": ":0", "tls_cert_file": "x"}}""", "tls_key_file"),
            ("signer", """{"server": {"grpc_addr": ":0"}}""", "tls_cert_file: is missing"),
        ])
        {
            File.WriteAllText(file, json);
            ChildProcess.Run([Repository.PublishedDaemon, "notary", command, "--config", file]).Fails(why);
        }
        TestDirectory.Remove(Path.GetDirectoryName(file)!);
    }
}
