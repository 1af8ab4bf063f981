using System.Globalization;
using System.Text;
using Keelson.Notary.Tests.Support;

namespace Keelson.Notary.Tests.Server;

/// <summary>A server that lets a token server say who may do what: the one of <c>keelsond registry</c>, with Debian's <c>notary</c>.</summary>
public sealed class NotaryTokenTests
{
    /// <summary>The line of a user of htpasswd, whose password is <c>right</c>.</summary>
    private const string Anna = "anna:$2y$04$ZiK4Rm0/YyzO2tUiggbzneJDSysYiADemIDQ8hWPNBkd5gf5TWpMe";

    [DaemonFact]
    public void Who_has_no_token_reads_and_who_has_one_publishes_where_rules_say()
    {
        using TestCertificates certificates = new();
        string folder = TestDirectory.Make("tokens");
        int port = LoopbackPort.Free(), tokenPort = LoopbackPort.Free();
        File.WriteAllText(folder + "/users", Anna + "\n");
        File.WriteAllText(folder + "/rules", """{"repositories":{"example.org/team/**":{"policies":[{"users":["anna"],"actions":["pull","push"]}],"anonymousPolicy":["pull"]}}}""");
        File.WriteAllText(folder + "/registry.toml", string.Create(CultureInfo.InvariantCulture, $"""
            http.addr = "127.0.0.1:{tokenPort}"
            storage.filesystem.rootdirectory = "{folder}/store"
            [tokenserver]
            issuer = "here"
            services = ["notary"]
            users = "{folder}/users"
            rules = "{folder}/rules"
            key = "{folder}/token.key"
            certificate = "{folder}/token.pem"
            """));
        File.WriteAllText(folder + "/server.json", $$"""
            {"server": {"http_addr": "127.0.0.1:{{port}}", "tls_cert_file": "{{certificates.Server.Certificate}}", "tls_key_file": "{{certificates.Server.Key}}"},
             "auth": {"type": "token", "options": {"realm": "http://127.0.0.1:{{tokenPort}}/token", "service": "notary", "issuer": "here", "rootcertbundle": "{{folder}}/token.pem"} } }
            """);
        using ChildProcess tokens = ChildProcess.Start([Repository.PublishedDaemon, "registry", "serve", "--config", folder + "/registry.toml"]);
        Condition.Await("the token server: " + tokens.Stderr, () => tokens.HasEnded || LoopbackPort.Accepts(tokenPort));
        using ChildProcess server = ChildProcess.Start([Repository.PublishedDaemon, "notary", "server", "--config", folder + "/server.json"]);
        Condition.Await("the server: " + server.Stderr, () => server.HasEnded || LoopbackPort.Accepts(port));
        CommandResult Notary(string? user, params string[] words) => ChildProcess.Run(["notary", "-s", string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}"), "--tlscacert", certificates.Authority, "-d", $"{folder}/trust{user}", .. words], new()
        {
            Environment = new Dictionary<string, string>
            {
                ["HOME"] = folder, ["NOTARY_ROOT_PASSPHRASE"] = "passphrase", ["NOTARY_TARGETS_PASSPHRASE"] = "passphrase", ["NOTARY_SNAPSHOT_PASSPHRASE"] = "passphrase",
                ["NOTARY_AUTH"] = user is null ? "" : Convert.ToBase64String(Encoding.ASCII.GetBytes(user)),
            },
        });
        File.WriteAllText(folder + "/target", "content");

        Notary("anna:right", "init", "-p", "example.org/team/app").Succeeds();
        Notary("anna:right", "add", "-p", "example.org/team/app", "v1", folder + "/target").Succeeds();
        Assert.Contains("v1", Notary(null, "list", "example.org/team/app").Succeeds().Stdout, StringComparison.Ordinal);
        Notary(null, "init", "-p", "example.org/team/other").Exits(1);
        Notary("anna:wrong", "init", "-p", "example.org/team/other").Exits(1);
        Notary("anna:right", "init", "-p", "example.org/elsewhere").Exits(1);
        // Rules give nobody all of a collection.
        Notary("anna:right", "delete", "--remote", "example.org/team/app").Exits(1);
        Assert.Contains("v1", Notary(null, "list", "example.org/team/app").Succeeds().Stdout, StringComparison.Ordinal);
        foreach (string secret in (string[])["YW5uYTp", "eyJ"]) Assert.DoesNotContain(secret, server.Stderr + tokens.Stderr, StringComparison.Ordinal);
        TestDirectory.Remove(folder);
    }
}
