using System.Globalization;
using Keelson.Linux.Sys;

namespace Keelson.DockerApi.Tests;

/// <summary>A daemon with a trust policy, and a server of signed collections beside it: <c>keelsond notary server</c> with its files.</summary>
public sealed class TrustDaemon : DaemonWithClients
{
    private static readonly Lock Gate = new();
    private static (string Folder, int Port)? making;
    private readonly string folder = "";
    private readonly int port;
    private ChildProcess? notary;

    public TrustDaemon() : base(isNetworked: false, Configure)
    {
        // Where no daemon can be there is no folder either.
        lock (Gate)
        {
            if (making is not var (place, at)) return;
            (folder, port, making) = (place, at, null);
        }
        StartNotary();
    }

    /// <summary>Where the server of collections is.</summary>
    public string Notary => string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}");

    /// <summary>The files of the server.</summary>
    private string Database => folder + "/notary.db";

    /// <summary>Runs one of docker's clients with content trust.</summary>
    public CommandResult Trusted(string client, params IReadOnlyList<string> arguments) => ChildProcess.Run(
        ["env", "DOCKER_CONTENT_TRUST=1", "DOCKER_CONTENT_TRUST_SERVER=" + Notary, "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE=passphrase-root", "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=passphrase-repository", .. ClassicCommand(client, arguments)],
        new() { Limit = TimeSpan.FromSeconds(120) });

    /// <summary>Keeps what the server of collections has now.</summary>
    public void KeepNotary() => ReplaceNotary(() => File.Copy(Database, Database + ".kept", overwrite: true));

    /// <summary>Brings back what was kept, as somebody does who wants an old version to be believed.</summary>
    public void RollNotaryBack() => ReplaceNotary(() => File.Copy(Database + ".kept", Database, overwrite: true));

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) notary?.Dispose();
        if (folder.Length > 0) TestDirectory.Remove(folder);
    }

    private void ReplaceNotary(Action change)
    {
        notary!.Signal(Signals.SIGTERM);
        notary.WaitForEnd();
        notary.Dispose();
        change();
        StartNotary();
    }

    private void StartNotary()
    {
        notary = ChildProcess.Start([Repository.PublishedDaemon, "notary", "server", "--config", folder + "/notary.json"], new() { Environment = new Dictionary<string, string> { ["NOTARY_SIGNER_DEFAULT_ALIAS"] = "one", ["NOTARY_SIGNER_ONE"] = "secret" } });
        Condition.Await("the notary server: " + notary.Stderr, () => notary.HasEnded || notary.Stderr.Contains("notary serves", StringComparison.Ordinal));
        Assert.False(notary.HasEnded, notary.Stderr);
    }

    private static string Configure(string daemon)
    {
        string folder = TestDirectory.Make("trust");
        int port = LoopbackPort.Free();
        using (TestAuthority authority = new(folder, "authority of " + Path.GetFileName(folder)))
        {
            (string certificate, string key) = authority.Issue("server", "CN=localhost");
            File.WriteAllText(folder + "/notary.json", $$"""
                {"server": {"http_addr": "127.0.0.1:{{port}}", "tls_cert_file": "{{certificate}}", "tls_key_file": "{{key}}"}, "storage": {"backend": "sqlite3", "db_url": "notary.db"} }
                """);
            // Where docker looks for whom to believe about the server.
            string tls = Directory.CreateDirectory(string.Create(CultureInfo.InvariantCulture, $"{daemon}/config/tls/localhost:{port}")).FullName;
            File.Copy(authority.CertificateFile, tls + "/ca.crt");
            File.WriteAllText(folder + "/policy.toml", string.Create(CultureInfo.InvariantCulture, $"""
                [[rule]]
                names = ["**/free/**"]
                require = false

                [[rule]]
                names = ["**/pinned/*"]
                server = "https://localhost:{port}"
                tls_ca_file = "{authority.CertificateFile}"
                roots = ["{new string('0', 64)}"]

                [[rule]]
                names = ["**/both/*"]
                server = "https://localhost:{port}"
                tls_ca_file = "{authority.CertificateFile}"
                signers = ["targets/alice", "targets/releases"]
                first_use = true

                [[rule]]
                names = ["**/signed/*"]
                server = "https://localhost:{port}"
                tls_ca_file = "{authority.CertificateFile}"
                first_use = true

                """));
        }
        lock (Gate) making = (folder, port);
        return $"""
            trust_policy = "{folder}/policy.toml"
            """;
    }
}
