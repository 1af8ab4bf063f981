using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keelson.Notary.Tests.Support;
using Keelson.Registry.Tests.Auth;

namespace Keelson.Notary.Tests.Server;

/// <summary>Debian's <c>notary</c> on our server: each of its commands that speaks to one.</summary>
public sealed class NotaryCliTests
{
    private const string Gun = "example.org/team/app";

    [ProgramFact("notary")]
    public async Task Collections_are_made_published_to_listed_looked_up_in_and_removed()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        NotaryCli notary = new(host), other = new(host, "other");
        string file = Path(host, "one"), second = Path(host, "two");
        notary.Run("init", "-p", Gun).Succeeds();
        notary.Run("add", "-p", Gun, "v1", file).Succeeds();
        notary.Run("add", Gun, "v2", second).Succeeds();
        Assert.Contains("v2", notary.Run("status", Gun).Succeeds().Stdout, StringComparison.Ordinal);
        notary.Run("publish", Gun).Succeeds();
        CommandResult listed = other.Run("list", Gun).Succeeds();
        Assert.Contains("v1", listed.Stdout, StringComparison.Ordinal);
        Assert.Contains("v2", listed.Stdout, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))), other.Run("lookup", Gun, "v1").Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Equal("one", ChildProcess.Run(["sh", "-c", $"exec {NotaryCli.Program} -s {host.Address} --tlscacert {host.Authority} -d {other.Folder} verify {Gun} v1 < {file}"]).Succeeds().Text);
        notary.Run("remove", "-p", Gun, "v1").Succeeds();
        other.Run("lookup", Gun, "v1").Exits(1);
        other.Run("lookup", Gun, "v2").Succeeds();
        notary.Run("delete", "--remote", Gun).Succeeds();
        Assert.Contains("does not have trust data", new NotaryCli(host, "late").Run("list", Gun).Exits(1).Stdout, StringComparison.Ordinal);
        // It can be made again.
        new NotaryCli(host, "again").Run("init", "-p", Gun).Succeeds();
    }

    [ProgramFact("notary")]
    public async Task Keys_of_each_role_are_rotated_here_and_on_the_server()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        NotaryCli notary = new(host), other = new(host, "other");
        notary.Run("init", "-p", Gun).Succeeds();
        notary.Run("add", "-p", Gun, "v1", Path(host, "one")).Succeeds();
        other.Run("list", Gun).Succeeds();
        notary.Run("key", "rotate", Gun, "snapshot", "-r").Succeeds();
        notary.Run("add", "-p", Gun, "v2", Path(host, "two")).Succeeds();
        notary.Run("key", "rotate", Gun, "timestamp", "-r").Succeeds();
        notary.Run("key", "rotate", Gun, "targets").Succeeds();
        notary.Run("key", "rotate", Gun, "snapshot").Succeeds();
        ChildProcess.Run(["sh", "-c", $"echo y | NOTARY_ROOT_PASSPHRASE=passphrase-root NOTARY_TARGETS_PASSPHRASE=passphrase-targets NOTARY_SNAPSHOT_PASSPHRASE=passphrase-snapshot {NotaryCli.Program} -s {host.Address} --tlscacert {host.Authority} -d {notary.Folder} key rotate {Gun} root"]).Succeeds();
        notary.Run("add", "-p", Gun, "v3", Path(host, "three")).Succeeds();
        foreach (NotaryCli reader in (NotaryCli[])[other, new(host, "fresh")])
            foreach (string name in (string[])["v1", "v2", "v3"]) Assert.Contains(name, reader.Run("list", Gun).Succeeds().Stdout, StringComparison.Ordinal);
    }

    [ProgramFact("notary")]
    public async Task Delegations_are_added_published_to_witnessed_and_removed()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        NotaryCli owner = new(host), alice = new(host, "alice");
        (string certificate, string key) = Person(host.Folder, "alice");
        owner.Run("init", "-p", Gun).Succeeds();
        owner.Run("key", "rotate", Gun, "snapshot", "-r").Succeeds();
        owner.Run("delegation", "add", "-p", Gun, "targets/releases", certificate, "--all-paths").Succeeds();
        alice.Run("key", "import", key, "--role", "user").Succeeds();
        alice.Run("add", "-p", Gun, "v1", Path(host, "one"), "--roles", "targets/releases").Succeeds();
        Assert.Matches("v1.*targets/releases", new NotaryCli(host, "reader").Run("list", Gun).Succeeds().Stdout);
        Assert.Contains("targets/releases", owner.Run("delegation", "list", Gun).Succeeds().Stdout, StringComparison.Ordinal);
        alice.Run("witness", "-p", Gun, "targets/releases").Succeeds();
        alice.Run("delegation", "add", "-p", Gun, "targets/releases/deep", certificate, "--paths", "deep/").Succeeds();
        alice.Run("add", "-p", Gun, "deep/v2", Path(host, "two"), "--roles", "targets/releases/deep").Succeeds();
        Assert.Matches("deep/v2.*targets/releases/deep", new NotaryCli(host, "deep").Run("list", Gun).Succeeds().Stdout);
        owner.Run("delegation", "remove", "-p", Gun, "targets/releases", "--yes").Succeeds();
        Assert.DoesNotContain("v1", new NotaryCli(host, "after").Run("list", Gun).Succeeds().Stdout, StringComparison.Ordinal);
    }

    private static string Path(NotaryHost host, string text)
    {
        string path = $"{host.Folder}/{text}.file";
        File.WriteAllText(path, text);
        return path;
    }

    private static (string Certificate, string Key) Person(string folder, string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=" + name, key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(300));
        File.WriteAllText($"{folder}/{name}.pem", certificate.ExportCertificatePem());
        File.WriteAllText($"{folder}/{name}.key", key.ExportPkcs8PrivateKeyPem());
        TestDirectory.SetMode($"{folder}/{name}.key", 0b110_000_000);
        return ($"{folder}/{name}.pem", $"{folder}/{name}.key");
    }
}
