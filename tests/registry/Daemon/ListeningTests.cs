using Keelson.Distribution;
using Keelson.Distribution.Tests;

namespace Keelson.Registry.Tests.Daemon;

/// <summary>How the program listens: TLS, versions of HTTP, sockets, prefixes; asked by curl and skopeo.</summary>
public sealed class ListeningTests : IDisposable
{
    private readonly string folder = TestDirectory.Make("daemon");
    private readonly TestAuthority authority;

    public ListeningTests() => authority = new(folder);

    public void Dispose()
    {
        authority.Dispose();
        TestDirectory.Remove(folder);
    }

    private string Tls(string more = "")
    {
        (string certificate, string key) = authority.Issue("server", "CN=server");
        return $"[http.tls]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n{more}";
    }

    private CurlAnswer Ask(KeelsondRegistry registry, params string[] more) => Curl.Get(["--cacert", authority.CertificateFile, $"https://{registry.Name}/v2/", .. more]);

    [Fact]
    public void Tls_has_http2_and_http1_and_no_version_that_is_broken()
    {
        using KeelsondRegistry registry = new(folder, Tls());
        Assert.Equal((200, "2", "{}"), (Ask(registry) is var two) ? (two.Status, two.Version, two.Body) : default);
        Assert.Equal((200, "1.1"), (Ask(registry, "--http1.1") is var one) ? (one.Status, one.Version) : default);
        Assert.Equal((200, "2"), (Ask(registry, "--tls-max", "1.2") is var old) ? (old.Status, old.Version) : default);
        Assert.NotEqual(0, Ask(registry, "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0").Code);
        // Without trust there is no connection, and without TLS no answer.
        Assert.Equal(60, Curl.Get($"https://{registry.Name}/v2/").Code);
        Assert.NotEqual(200, Curl.Get($"http://{registry.Name}/v2/").Status);
    }

    [Fact]
    public void The_least_version_the_cipher_suites_and_http2_are_chosen()
    {
        using (KeelsondRegistry registry = new(folder, Tls("minimumtls = \"tls1.3\"\n[http.http2]\ndisabled = true\n")))
        {
            Assert.Equal((200, "1.1"), (Ask(registry) is var answer) ? (answer.Status, answer.Version) : default);
            Assert.Equal(35, Ask(registry, "--tls-max", "1.2").Code);
        }
        using KeelsondRegistry narrow = new(folder, Tls("ciphersuites = [\"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\"]\n"));
        Assert.Equal(200, Ask(narrow, "--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384").Status);
        Assert.Equal(35, Ask(narrow, "--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256").Code);
    }

    [Fact]
    public void A_certificate_that_changes_is_used_at_once_and_one_that_is_none_is_not()
    {
        using KeelsondRegistry registry = new(folder, Tls());
        Assert.Contains("CN=server", Show(registry), StringComparison.Ordinal);
        authority.Issue("server", "CN=renewed");
        Condition.Await("the new certificate", () => Show(registry).Contains("CN=renewed", StringComparison.Ordinal));
        File.WriteAllText(folder + "/server.key", "no key");
        Condition.Await("a complaint", () =>
        {
            Assert.Contains("CN=renewed", Show(registry), StringComparison.Ordinal);
            return registry.Log.Contains("the one before is used", StringComparison.Ordinal);
        });
    }

    private string Show(KeelsondRegistry registry) => Ask(registry, "-v").Problem;

    [Theory]
    [InlineData("require-and-verify-client-cert", 0, 200, 0)]
    [InlineData("verify-client-cert-if-given", 200, 200, 0)]
    [InlineData("require-any-client-cert", 0, 200, 200)]
    [InlineData("request-client-cert", 200, 200, 200)]
    public void Certificates_of_clients_are_asked_for_as_the_configuration_wants(string mode, int none, int good, int foreign)
    {
        using KeelsondRegistry registry = new(folder, Tls($"clientcas = [\"{authority.CertificateFile}\"]\nclientauth = \"{mode}\"\n"));
        (string certificate, string key) = authority.Issue("client", "CN=anna", isClient: true);
        Directory.CreateDirectory(folder + "/other");
        using TestAuthority other = new(folder + "/other", "other authority");
        (string foreignCertificate, string foreignKey) = other.Issue("client", "CN=anna", isClient: true);
        CurlAnswer last = Ask(registry, "--cert", foreignCertificate, "--key", foreignKey);
        Assert.Equal((none, good, foreign), (Ask(registry).Status, Ask(registry, "--cert", certificate, "--key", key).Status, last.Status));
    }

    [Fact]
    public void A_server_s_certificate_is_none_of_a_client()
    {
        using KeelsondRegistry registry = new(folder, Tls($"clientcas = [\"{authority.CertificateFile}\"]\n"));
        (string certificate, string key) = authority.Issue("stranger", "CN=server");
        Assert.Equal(0, Ask(registry, "--cert", certificate, "--key", key).Status);
    }

    [Fact]
    public void Http2_without_tls_shares_the_socket_when_it_is_asked_for()
    {
        using KeelsondRegistry registry = new(folder, "[http.h2c]\nenabled = true\n");
        Assert.Equal((200, "2"), (Curl.Get("--http2-prior-knowledge", $"http://{registry.Name}/v2/") is var two) ? (two.Status, two.Version) : default);
        Assert.Equal((200, "1.1"), (Curl.Get($"http://{registry.Name}/v2/") is var one) ? (one.Status, one.Version) : default);
        CurlAnswer begun = Curl.Get("--http2-prior-knowledge", "-X", "POST", $"http://{registry.Name}/v2/a/blobs/uploads/");
        Assert.StartsWith($"http://{registry.Name}/v2/a/blobs/uploads/", begun["location"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_unix_socket_is_as_good()
    {
        using KeelsondRegistry registry = new(folder, "", new KeyValuePair<string, string>("REGISTRY_HTTP_ADDR", folder + "/socket"));
        Assert.Equal(200, Curl.Get("--unix-socket", folder + "/socket", "http://registry/v2/").Status);
    }

    [Fact]
    public void Everything_is_below_the_prefix_and_has_the_headers()
    {
        using KeelsondRegistry registry = new(folder, "[http]\nprefix = \"/images/\"\n[http.headers]\nStrict-Transport-Security = \"max-age=1\"\nX-Two = [\"1\", \"2\"]\n");
        Assert.Equal(404, Curl.Get($"http://{registry.Name}/v2/").Status);
        CurlAnswer answer = Curl.Get($"http://{registry.Name}/images/v2/"), begun = Curl.Get("-X", "POST", $"http://{registry.Name}/images/v2/a/blobs/uploads/");
        Assert.Equal((200, "max-age=1"), (answer.Status, answer["Strict-Transport-Security"]));
        Assert.Contains("X-Two: 1", answer.Headers, StringComparison.Ordinal);
        Assert.Contains("X-Two: 2", answer.Headers, StringComparison.Ordinal);
        Assert.StartsWith($"http://{registry.Name}/images/v2/a/blobs/uploads/", begun["Location"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Skopeo_copies_there_and_back_over_tls_with_a_certificate_of_its_own()
    {
        Programs.Need("skopeo");
        using KeelsondRegistry registry = new(folder, Tls($"clientcas = [\"{authority.CertificateFile}\"]\n"));
        string trust = Directory.CreateDirectory(folder + "/trust").FullName;
        (string certificate, string key) = authority.Issue("client", "CN=anna", isClient: true);
        File.Copy(authority.CertificateFile, trust + "/ca.crt");
        File.Copy(certificate, trust + "/client.cert");
        File.Copy(key, trust + "/client.key");
        OciLayout layout = OciLayout.Create(folder + "/image");
        TestImage image = TestImage.Make(1000, 50_000);
        await image.StoreAsync(layout, "t");
        Skopeo.Copy($"oci:{folder}/image:t", $"docker://{registry.Name}/a:t", "--dest-cert-dir", trust, "--dest-tls-verify=true");
        Skopeo.Copy($"docker://{registry.Name}/a:t", $"oci:{folder}/back:t", "--src-cert-dir", trust, "--src-tls-verify=true");
        Assert.Equal(image.Target.Digest.ToString(), Skopeo.DigestOf($"oci:{folder}/back:t"));
        Assert.NotEqual(0, Skopeo.Try(["inspect", $"docker://{registry.Name}/a:t"]).ExitCode);
    }

    [Theory]
    [InlineData("[http.tls]\ncertificate = \"/nowhere\"\n", "key: is missing")]
    [InlineData("[http.tls]\ncertificate = \"/nowhere\"\nkey = \"/nowhere\"\n", "read certificate /nowhere")]
    [InlineData("[http.tls]\ncertificate = \"/a\"\nkey = \"/a\"\nminimumtls = \"tls1.0\"\n", "tls1.0 is not spoken")]
    [InlineData("[http.tls]\ncertificate = \"/a\"\nkey = \"/a\"\nclientauth = \"require-and-verify-client-cert\"\n", "clientcas: is missing")]
    [InlineData("[http.tls]\ncertificate = \"/a\"\nkey = \"/a\"\nciphersuites = [\"ROT13\"]\n", "'ROT13' is no cipher suite")]
    [InlineData("[http]\nprefix = \"images\"\n", "does not begin with a slash")]
    [InlineData("[http]\nadress = \"x\"\n", "the key is unknown")]
    [InlineData("[health.http]\n", "expected a list of tables")]
    [InlineData("[[health.tcp]]\naddr = \"x\"\n", "is no host and port")]
    [InlineData("[[notifications.endpoints]]\nname = \"x\"\n", "url: is missing")]
    [InlineData("[auth.certificate]\nnames = [\"shoe size\"]\n", "is none of commonname, dns, email, uri")]
    [InlineData("[auth.certificate]\nnames = [\"dns\"]\n", "there are no rules")]
    [InlineData("[tokenserver]\nissuer = \"x\"\n", "is missing")]
    public void A_wrong_configuration_is_told_with_its_line(string config, string problem)
    {
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => new KeelsondRegistry(folder, config));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }
}
