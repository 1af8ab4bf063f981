using System.Globalization;
using Keelson.Registry.Tests.Daemon;

namespace Keelson.Acme.Tests;

/// <summary>The registry as a program gets its certificates from pebble, which asks it on its own ports; openssl and curl look at what is served.</summary>
public sealed class PebbleTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly string folder = TestDirectory.Make("pebble");
    private readonly int tlsPort = Ports.Free(), httpPort = Ports.Free();

    private string Address => At(tlsPort);

    private string Cache => folder + "/cache";

    public void Dispose() => TestDirectory.Remove(folder);

    private KeelsondRegistry Serve(string url, string authority, string hosts, string more = "") => new(folder, $"""
        [http.tls.letsencrypt]
        cachedir = "{Cache}"
        email = "somebody@example.com"
        directoryurl = "{url}"
        directoryca = "{authority}"
        {more}
        """, new("REGISTRY_HTTP_ADDR", Address), new("REGISTRY_HTTP_TLS_LETSENCRYPT_HOSTS", hosts.Replace(' ', ',')));

    private KeelsondRegistry Serve(Pebble pebble, string hosts, string more = "") => Serve(pebble.Url, pebble.DirectoryAuthority, hosts, more);

    private static string At(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    private Seen Look(string? name, string? root = null, params string[] more) => Seen.Connect(Address, name, root, more);

    private void AwaitCertificate(KeelsondRegistry registry, string host) => Condition.Await($"a certificate for {host}; {registry.Log}", () => Look(host).Serial.Length > 0, Limit);

    [Fact]
    public void Each_name_gets_a_certificate_by_the_port_of_tls_itself_and_a_restart_asks_for_no_other()
    {
        using Pebble pebble = new(folder, tlsPort, Ports.Free());
        string serial;
        using (KeelsondRegistry registry = Serve(pebble, "one.example two.example"))
        {
            AwaitCertificate(registry, "one.example");
            AwaitCertificate(registry, "two.example");
            string root = pebble.Root();
            Seen one = Look("one.example", root), two = Look("two.example", root);
            Assert.Equal((0, 0), (one.Code, two.Code));
            Assert.NotEqual(one.Serial, two.Serial);
            serial = one.Serial;
            // Who asks for no name gets the first one's, and who asks for another gets none and causes nothing.
            Assert.Equal(serial, Look(null).Serial);
            Assert.Equal("", Look("three.example").Serial);
            Assert.Equal(200, Curl.Get("--cacert", root, "--connect-to", $"one.example:443:{Address}", "https://one.example/v2/").Status);
            Assert.Equal(2, pebble.Orders);
            Assert.Contains("tls-alpn-01", registry.Log, StringComparison.Ordinal);
        }
        Assert.Equal(["acme_account+key", "one.example", "two.example"], Directory.GetFiles(Cache).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(Cache), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        using KeelsondRegistry again = Serve(pebble, "one.example two.example");
        Assert.Equal(serial, Look("one.example", pebble.Root()).Serial);
        Assert.DoesNotContain("asked for at", again.Log, StringComparison.Ordinal);
        Assert.Equal(2, pebble.Orders);
    }

    [Fact]
    public void A_name_is_proven_at_port_80_where_that_is_configured()
    {
        using Pebble pebble = new(folder, Ports.Free(), httpPort);
        using KeelsondRegistry registry = Serve(pebble, "one.example", $"http01addr = \"{At(httpPort)}\"");
        AwaitCertificate(registry, "one.example");
        Assert.Equal(0, Look("one.example", pebble.Root()).Code);
        Assert.Contains("with http-01", registry.Log, StringComparison.Ordinal);
        // Nobody finds anything else there.
        Assert.Equal(404, Curl.Get($"http://{At(httpPort)}/.well-known/acme-challenge/x").Status);
        Assert.Equal(404, Curl.Get($"http://{At(httpPort)}/v2/").Status);
    }

    [Fact]
    public void Nonces_that_are_not_taken_are_replaced()
    {
        using Pebble pebble = new(folder, tlsPort, Ports.Free(), new() { NonceRejects = 40 });
        using KeelsondRegistry registry = Serve(pebble, "one.example");
        AwaitCertificate(registry, "one.example");
        Assert.Equal(1, pebble.Orders);
    }

    [Fact]
    public void An_external_account_is_bound_and_its_key_is_in_no_log()
    {
        const string Key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W", Wrong = "b10lLJs8l1GPIzsLP0s6pMt8O0XVGnfTaCeROxQM0BIt2XrJMDHJZBM5NuQmQJQH";
        using Pebble pebble = new(folder, tlsPort, Ports.Free(), new() { ExternalKey = Key });
        using (KeelsondRegistry none = Serve(pebble, "one.example"))
            Condition.Await("a complaint", () => none.Log.Contains("certificate for one.example: new account: the authority wants an external account (eab) and none is configured; there is none; tried again in", StringComparison.Ordinal), Limit);
        using (KeelsondRegistry wrong = Serve(pebble, "one.example", $"eab = {{ kid = \"customer-1\", hmackey = \"{Wrong}\" }}"))
        {
            Condition.Await("a complaint", () => wrong.Log.Contains("certificate for one.example: new account: 4", StringComparison.Ordinal), Limit);
            Assert.DoesNotContain(Wrong, wrong.Log, StringComparison.Ordinal);
        }
        File.WriteAllText(folder + "/eab", Key + "\n");
        using KeelsondRegistry right = Serve(pebble, "one.example", $"eab = {{ kid = \"customer-1\", hmackeyfile = \"{folder}/eab\" }}");
        AwaitCertificate(right, "one.example");
        Assert.DoesNotContain(Key, right.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", right.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_is_renewed_and_connections_live_on()
    {
        using Pebble pebble = new(folder, tlsPort, Ports.Free(), new() { LifeSeconds = 40 });
        using KeelsondRegistry registry = Serve(pebble, "one.example");
        AwaitCertificate(registry, "one.example");
        string first = Look("one.example").Serial;
        using OpenConnection kept = await OpenConnection.OpenAsync(tlsPort, "one.example");
        Assert.Equal(200, await kept.AskAsync());
        Condition.Await("another certificate", () => Look("one.example") is { Serial: { Length: > 0 } now } && now != first, Limit);
        Assert.Equal(0, Look("one.example", pebble.Root()).Code);
        Assert.Equal(200, await kept.AskAsync());
        Assert.Equal(first, kept.Serial);
    }

    [Fact]
    public void What_the_authority_says_is_told_and_other_names_get_their_certificates()
    {
        using Pebble pebble = new(folder, tlsPort, Ports.Free(), new() { Blocked = ["blocked.example"] });
        using KeelsondRegistry registry = Serve(pebble, "blocked.example one.example");
        AwaitCertificate(registry, "one.example");
        Assert.Matches(@"certificate for blocked\.example: new order: 40\d: rejectedIdentifier: .+; there is none; tried again in", registry.Log);
        Assert.Equal("", Look("blocked.example").Serial);
    }

    [Fact]
    public void An_authority_that_cannot_reach_us_is_told_with_its_words()
    {
        using Pebble pebble = new(folder, Ports.Free(), Ports.Free());
        using KeelsondRegistry registry = Serve(pebble, "one.example");
        Condition.Await("a complaint", () => registry.Log.Contains("certificate for one.example: tls-alpn-01: the authority does not see that the name is ours: ", StringComparison.Ordinal), Limit);
        Assert.Matches("the name is ours: [a-zA-Z]+: .*[Cc]onnect", registry.Log);
    }

    [Fact]
    public void The_old_certificate_stays_while_the_authority_is_away_or_another_one()
    {
        string root, serial;
        using (Pebble pebble = new(folder, tlsPort, Ports.Free()))
        {
            using KeelsondRegistry registry = Serve(pebble, "one.example");
            AwaitCertificate(registry, "one.example");
            (root, serial) = (pebble.Root(), Look("one.example").Serial);
        }
        // The certificate is of another directory than the one that is configured now.
        using Pebble other = new(folder, tlsPort, Ports.Free());
        using (KeelsondRegistry away = Serve($"https://{At(Ports.Free())}/dir", other.DirectoryAuthority, "one.example"))
        {
            Condition.Await("a complaint", () => away.Log.Contains("certificate for one.example: directory: ", StringComparison.Ordinal), Limit);
            Assert.Contains(": Connection refused", away.Log, StringComparison.Ordinal);
            Assert.Contains("stays in use; tried again in", away.Log, StringComparison.Ordinal);
            Assert.Equal((0, serial), (Look("one.example", root) is var seen) ? (seen.Code, seen.Serial) : default);
        }
        using (KeelsondRegistry untrusted = Serve(other.Url, Path.Combine(folder, "root-authority.pem") is var file && WriteRoot(file) ? file : "", "one.example"))
            Condition.Await("a complaint", () => untrusted.Log.Contains("certificate for one.example: directory: ", StringComparison.Ordinal), Limit);
        using KeelsondRegistry moved = Serve(other, "one.example");
        Condition.Await("one of the new authority", () => Look("one.example").Serial != serial, Limit);
        Assert.Equal(0, Look("one.example", other.Root()).Code);
    }

    private bool WriteRoot(string file)
    {
        using TestAuthority stranger = new(Directory.CreateDirectory(folder + "/stranger").FullName, "stranger");
        File.Copy(stranger.CertificateFile, file);
        return true;
    }

    [Fact]
    public void Killed_at_any_moment_it_has_a_certificate_in_the_end_and_nothing_half_made()
    {
        using Pebble pebble = new(folder, tlsPort, Ports.Free());
        Random random = new(5);
        for (int round = 0; round < 8; round++)
        {
            if (round % 2 == 0 && Directory.Exists(Cache)) File.Delete(Cache + "/one.example");
            using KeelsondRegistry registry = Serve(pebble, "one.example");
            // From the first question to the file it is some hundred milliseconds; by chance it is now before, now after.
            int lines = random.Next(1, 40);
            int before = pebble.Log.Split('\n').Length;
            Condition.Await("some of the way", () => pebble.Log.Split('\n').Length - before >= lines || registry.Log.Contains("renewed about", StringComparison.Ordinal), Limit);
            registry.Kill();
            Assert.True(!File.Exists(Cache + "/one.example") || File.ReadAllText(Cache + "/one.example").TrimEnd().EndsWith("-----END CERTIFICATE-----", StringComparison.Ordinal));
        }
        using KeelsondRegistry last = Serve(pebble, "one.example");
        AwaitCertificate(last, "one.example");
        Assert.Equal(0, Look("one.example", pebble.Root()).Code);
        Assert.DoesNotContain("another one is asked for", last.Log, StringComparison.Ordinal);
        Assert.Equal(["acme_account+key", "one.example"], Directory.GetFiles(Cache).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_stop_in_the_midst_of_an_order_waits_for_nothing()
    {
        using Pebble pebble = new(folder, tlsPort, Ports.Free(), new() { SleepSeconds = 15 });
        using KeelsondRegistry registry = Serve(pebble, "one.example");
        Condition.Await("an order", () => pebble.Orders > 0, Limit);
        registry.Stop();
        Assert.Equal(0, registry.WaitForEnd());
        Assert.DoesNotContain("tried again", registry.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_asks_for_the_protocol_of_authorities_gets_nothing_when_nobody_is_asked_about()
    {
        using Pebble pebble = new(folder, tlsPort, Ports.Free());
        using KeelsondRegistry registry = Serve(pebble, "one.example");
        AwaitCertificate(registry, "one.example");
        Assert.Equal("", Look("one.example", null, "-alpn", "acme-tls/1").Serial);
        Assert.Equal("", Look("other.example", null, "-alpn", "acme-tls/1").Serial);
        Assert.Contains("ALPN protocol: h2", Look("one.example", null, "-alpn", "h2,acme-tls/1").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hosts = [\"one.example\"]\ncertificate = \"/a\"", "the key is unknown")]
    [InlineData("email = \"x\"", "hosts: is missing")]
    [InlineData("hosts = [\"*.example.com\"]", "'*.example.com' is no name of a host")]
    [InlineData("hosts = [\"10.0.0.1\"]", "'10.0.0.1' is no name of a host")]
    [InlineData("hosts = [\"One.example\"]", "'One.example' is no name of a host in small letters")]
    [InlineData("hosts = [\"one.example\"]\ncachefile = \"/a\"\ncachedir = \"/a\"", "is the same as cachedir")]
    [InlineData("hosts = [\"one.example\"]\ncachefile = \"/etc/hostname\"", "'/etc/hostname' is not the absolute path of a folder")]
    [InlineData("hosts = [\"one.example\"]\ncachedir = \"CACHE\"\ndirectoryurl = \"http://ca.example/dir\"", "it is not an address with https")]
    [InlineData("hosts = [\"one.example\"]\ncachedir = \"CACHE\"\ndirectoryca = \"/nowhere\"", "directoryca /nowhere")]
    [InlineData("hosts = [\"one.example\"]\n[http.tls.letsencrypt.eab]\nkid = \"x\"", "belong together")]
    [InlineData("hosts = [\"one.example\"]\ncachedir = \"CACHE\"\n[http.tls.letsencrypt.eab]\nkid = \"x\"\nhmackey = \"no base!\"", "the key of an external account is not base64url")]
    [InlineData("hosts = [\"one.example\"]\n[http.tls]\ncertificate = \"/a\"\nkey = \"/a\"", "cannot both be said")]
    public void A_wrong_configuration_is_told(string config, string problem)
    {
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => new KeelsondRegistry(folder, "[http.tls.letsencrypt]\n" + config.Replace("CACHE", Cache, StringComparison.Ordinal)));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("no base!", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_everybody_may_read_is_not_used()
    {
        Directory.CreateDirectory(Cache);
        using (AcmeAccountKey key = AcmeAccountKey.Create()) File.WriteAllText(Cache + "/acme_account+key", key.ToPem());
        TestDirectory.SetMode(Cache + "/acme_account+key", 0b110_100_100);
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => Serve($"https://{At(Ports.Free())}/dir", "/etc/ssl/certs/ca-certificates.crt", "one.example"));
        Assert.Contains("acme_account+key: everybody may read it", e.Message, StringComparison.Ordinal);
    }
}
