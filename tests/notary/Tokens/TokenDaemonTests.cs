using Keelson.Notary.Tests.Debian;
using Keelson.Notary.Tests.Support;

namespace Keelson.Notary.Tests.Tokens;

/// <summary><c>keelsond notary</c> with keys in a token, and Debian's programs around it.</summary>
public sealed class TokenDaemonTests : IDisposable
{
    private const string Gun = "example.org/team/app";

    private readonly TestCertificates certificates = new();
    private readonly SoftToken soft = new();

    public void Dispose()
    {
        soft.Dispose();
        certificates.Dispose();
    }

    [DaemonTheory]
    [InlineData("ecdsa", true)]
    [InlineData("ed25519", true)]
    [InlineData("ecdsa", false)]
    public void A_server_signs_with_our_signer_on_a_token_that_finds_its_keys_after_a_kill(string algorithm, bool isDebians)
    {
        using DebianNotary notary = new(certificates) { Daemon = isDebians ? null : Repository.PublishedDaemon };
        int port = LoopbackPort.Free();
        notary.StartSigner(soft, port);
        notary.StartServer(port, null, algorithm);
        notary.Notary("init", "-p", Gun).Succeeds();
        notary.Notary("key", "rotate", Gun, "snapshot", "-r").Succeeds();
        notary.Notary("add", "-p", Gun, "v1", notary.Target("one")).Succeeds();
        notary.KillSigner();
        notary.Notary("add", "-p", Gun, "v2", notary.Target("two")).Exits(1);
        notary.StartSigner(soft, port);
        Condition.Await("the server to find its signer again", () => notary.Notary("add", "-p", Gun, "v3", notary.Target("three")).ExitCode == 0);
        string list = notary.Notary("list", Gun).Succeeds().Stdout;
        Assert.Contains("v1", list, StringComparison.Ordinal);
        Assert.Contains("v3", list, StringComparison.Ordinal);
        string objects = soft.Tool("--list-objects");
        foreach (string role in (string[])["timestamp", "snapshot"])
        {
            Assert.Equal(2, objects.Split("label:      " + role + " " + Gun).Length - 1);
            Assert.DoesNotContain($"(unused) {role}", objects, StringComparison.Ordinal);
        }
        Assert.Contains("from pkcs11", notary.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(SoftToken.Pin, notary.Log, StringComparison.Ordinal);
    }

    [DaemonFact]
    public void A_server_alone_has_its_keys_in_a_token()
    {
        string folder = TestDirectory.Make("alone");
        File.WriteAllText(folder + "/server.json", $$"""
            {"server": {"http_addr": "127.0.0.1:0", "tls_cert_file": "{{certificates.Server.Certificate}}", "tls_key_file": "{{certificates.Server.Key}}"}, "storage": {"backend": "memory"}, "logging": {"level": "debug"},
             "trust_service": {"type": "pkcs11", "module": "{{SoftToken.Module}}", "token_label": "{{SoftToken.Label}}"} }
            """);
        using ChildProcess server = ChildProcess.Start([Repository.PublishedDaemon, "notary", "server", "--config", folder + "/server.json"], new() { Environment = new Dictionary<string, string>(soft.Environment) { ["NOTARY_SERVER_TRUST_SERVICE_PIN"] = SoftToken.Pin } });
        Condition.Await("the server", () => server.HasEnded || server.Stderr.Contains("notary serves", StringComparison.Ordinal));
        Assert.False(server.HasEnded, server.Stderr);
        string address = "https://localhost:" + server.Stderr.Split("127.0.0.1:")[1].Split(' ')[0];
        ChildProcess.Run(["notary", "-s", address, "--tlscacert", certificates.Authority, "-d", folder + "/trust", "init", "-p", Gun], new()
        {
            Environment = new Dictionary<string, string> { ["HOME"] = folder, ["NOTARY_ROOT_PASSPHRASE"] = "passphrase", ["NOTARY_TARGETS_PASSPHRASE"] = "passphrase", ["NOTARY_SNAPSHOT_PASSPHRASE"] = "passphrase" },
        }).Succeeds();
        Assert.Contains("label:      timestamp " + Gun, soft.Tool("--list-objects"), StringComparison.Ordinal);
        // The token is taken out.
        Directory.Move(soft.Files, soft.Files + ".away");
        string[] health = ["curl", "-s", "--cacert", certificates.Authority, address + "/_notary_server/health"];
        Condition.Await("the token's absence to be told", () => ChildProcess.Run(health).Stdout.Contains("CKR_", StringComparison.Ordinal));
        Directory.Move(soft.Files + ".away", soft.Files);
        Condition.Await("the token to be back", () => ChildProcess.Run(health).Stdout == "{}");
        Assert.DoesNotContain(SoftToken.Pin, server.Stderr + server.Stdout, StringComparison.Ordinal);
        server.Signal(Linux.Sys.Signals.SIGTERM);
        server.WaitForEnd().Succeeds();
        TestDirectory.Remove(folder);
    }

    [DaemonFact]
    public void What_is_wrong_with_a_token_is_told_at_the_start_without_its_PIN()
    {
        string folder = TestDirectory.Make("wrong"), right = $$"""{"backend": "pkcs11", "module": "{{SoftToken.Module}}", "token_label": "{{SoftToken.Label}}", "pin_file": "pin"}""";
        File.WriteAllText(folder + "/pin", "wrong-pin");
        TestDirectory.SetMode(folder + "/pin", 0b110_000_000);
        File.WriteAllText(folder + "/open", SoftToken.Pin);
        TestDirectory.SetMode(folder + "/open", 0b110_100_100);
        File.WriteAllText(folder + "/empty", "\n");
        TestDirectory.SetMode(folder + "/empty", 0b110_000_000);
        foreach ((string storage, string why) in (ReadOnlySpan<(string, string)>)
        [
            (right, "log in to token keelson: CKR_PIN_INCORRECT (the PIN is wrong)"),
            (right.Replace("\"pin\"", "\"open\"", StringComparison.Ordinal), "/open: everybody may use the file"),
            (right.Replace("\"pin\"", "\"empty\"", StringComparison.Ordinal), "/empty: it is empty"),
            (right.Replace("\"pin\"", "\"nowhere\"", StringComparison.Ordinal), "/nowhere: ENOENT"),
            (right.Replace(SoftToken.Module, "/nowhere.so", StringComparison.Ordinal), "load module /nowhere.so: there is no such file"),
            (right.Replace(SoftToken.Module, "/dev/null", StringComparison.Ordinal), "load module /dev/null: it is no module of PKCS #11"),
            (right.Replace("\"keelson\"", "\"another\"", StringComparison.Ordinal), "find token another in module"),
            (right.Replace("\"keelson\"", "\"keelson\", \"token_serial\": \"7\"", StringComparison.Ordinal), "find token keelson 7 in module"),
            (right.Replace("\"pin_file\"", "\"pin\"", StringComparison.Ordinal), "storage.pin: a PIN does not belong here"),
            (right.Replace(", \"pin_file\": \"pin\"", "", StringComparison.Ordinal), "storage.pin_file: is missing, and so is NOTARY_SIGNER_STORAGE_PIN"),
            (right.Replace("\"module\"", "\"modul\"", StringComparison.Ordinal), "storage.module: is missing"),
            (right.Replace("\"token_label\"", "\"label\"", StringComparison.Ordinal), "storage.token_label: is missing"),
            (right.Replace("}", ", \"db_url\": \"x\"}", StringComparison.Ordinal), "storage.db_url: the key is unknown"),
            ("""{"backend": "pkcs12"}""", "none of memory, sqlite3, postgres, mysql, pkcs11"),
        ])
        {
            File.WriteAllText(folder + "/signer.json", $$"""
                {"server": {"grpc_addr": "127.0.0.1:0", "tls_cert_file": "{{certificates.Server.Certificate}}", "tls_key_file": "{{certificates.Server.Key}}", "client_ca_file": "{{certificates.Authority}}"}, "storage": {{storage}}}
                """);
            CommandResult ended = ChildProcess.Run([Repository.PublishedDaemon, "notary", "signer", "--config", folder + "/signer.json"], new() { Environment = soft.Environment });
            ended.Fails(why);
            Assert.DoesNotContain("wrong-pin", ended.Stderr + ended.Stdout, StringComparison.Ordinal);
            Assert.DoesNotContain(SoftToken.Pin, ended.Stderr + ended.Stdout, StringComparison.Ordinal);
        }
        TestDirectory.Remove(folder);
    }
}
