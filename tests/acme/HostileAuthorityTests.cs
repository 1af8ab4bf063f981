using System.Diagnostics;
using Keelson.Registry.Tests;
using Microsoft.AspNetCore.Http;

namespace Keelson.Acme.Tests;

/// <summary>An authority that answers what it likes: it is told, the certificate before stays, and nobody waits or remembers without end.</summary>
public sealed class HostileAuthorityTests : IDisposable
{
    private const string Host = "one.example";
    private static readonly string Line = new('x', 3000);
    private readonly string folder = TestDirectory.Make("hostile");
    private readonly TestLog log = new();

    public void Dispose() => TestDirectory.Remove(folder);

    private CertificateKeeper Keep(Uri directory, TimeSpan? request = null, TimeSpan? order = null, TimeSpan? retry = null, params string[] hosts) => new(new()
    {
        Authority = new() { Directory = directory, RequestLimit = request ?? TimeSpan.FromSeconds(20), OrderLimit = order ?? TimeSpan.FromSeconds(60), PollInterval = TimeSpan.FromMilliseconds(5) },
        Hosts = hosts.Length > 0 ? hosts : [Host], Folder = folder, RetryDelay = retry ?? TimeSpan.FromHours(1),
    }, log);

    /// <summary>Runs until the log has a text.</summary>
    private async Task RunAsync(CertificateKeeper keeper, Func<bool> isEnough, string what)
    {
        using CancellationTokenSource stop = new();
        Task run = Task.Run(() => keeper.RunAsync(stop.Token));
        try
        {
            Condition.Await($"{what} in {log.Text}", () => isEnough() || run.IsFaulted, TimeSpan.FromMinutes(1));
        }
        finally
        {
            await stop.CancelAsync();
            await run;
        }
    }

    private Task RunAsync(CertificateKeeper keeper, string text) => RunAsync(keeper, () => log.Text.Contains(text, StringComparison.Ordinal), text);

    private static RequestDelegate Answer(int status, string body, string? location = null) => http => FakeAuthority.WriteAsync(http, status, body, location);

    [Fact]
    public async Task An_honest_one_is_believed()
    {
        await using FakeAuthority authority = await FakeAuthority.StartAsync();
        using CertificateKeeper keeper = Keep(authority.Directory);
        Assert.Null(keeper.Find(Host));
        await RunAsync(keeper, "renewed about");
        Assert.NotNull(keeper.Find(Host));
        Assert.Null(keeper.Find("other.example"));
        Assert.Null(keeper.Tls.Find(Host));
    }

    public static TheoryData<string, string> Answers => new()
    {
        { "no json", "directory: the answer is not the JSON" },
        { "an error without words", "directory: 503; there is none" },
        { "long", "directory: ask 127.0.0.1:" },
        { "deep", "directory: the answer is not the JSON" },
        { "redirect", "directory: 302" },
        { "no addresses", "new account: the authority names no address" },
        { "elsewhere", "new nonce: the authority leads to another server: https://elsewhere.example" },
        { "other port", "new nonce: the authority leads to another server: http://127.0.0.1:1" },
        { "file", "new nonce: the authority leads to another server: file://" },
        { "never a nonce", "new nonce: the authority gave none" },
        { "nonce of other characters", "new nonce: the authority gave none" },
        { "nonces never taken", "new account: 400: badNonce" },
        { "no account", "new account: the authority names no address" },
        { "account elsewhere", "new account: the authority leads to another server" },
        { "no order", "new order: the authority names no address" },
        { "many authorizations", "new order: the authority names no authorizations, or more than 4" },
        { "null authorizations", "authorization: the authority names no address" },
        { "other name", "authorization: it is of another name" },
        { "dns alone", "authorization: the authority offers dns-01 and none that can be answered: tls-alpn-01" },
        { "path as token", "none that can be answered" },
        { "endless pending", "the authority did not come to an end within 1 s" },
        { "endless processing", "the authority did not come to an end within 1 s" },
        { "silence", "directory: no answer of 127.0.0.1" },
        { "trickle", "directory: no answer of 127.0.0.1" },
        { "invalid with words", "order: the order is invalid: caa: CAA record for one.example prevents issuance" },
        { "lines in words", "new order: 403: unauthorized: line one  line two" },
        { "long words", "new order: 403: unauthorized: xxxx" },
        { "no certificate", "read certificate: there are 0 certificates" },
        { "other certificate", "read certificate: it is damaged, or of another key" },
        { "for another name", "read certificate: it is for another name" },
        { "ended", "certificate: it ends at" },
        { "null", "directory: the answer is not the JSON" },
        { "strange status", "order: the order is odd" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task What_is_not_right_is_told(string kind, string problem)
    {
        await using FakeAuthority authority = await FakeAuthority.StartAsync();
        long start = Stopwatch.GetTimestamp();
        bool isSlow = kind is "silence" or "trickle", isEndless = kind.StartsWith("endless", StringComparison.Ordinal);
        Arrange(authority, kind);
        using CertificateKeeper keeper = Keep(authority.Directory, isSlow ? TimeSpan.FromSeconds(1) : null, isEndless ? TimeSpan.FromSeconds(1) : null);
        await RunAsync(keeper, "tried again in");
        Assert.Contains(problem, log.Text, StringComparison.Ordinal);
        Assert.Contains("certificate for one.example: ", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Line[..500], log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("line one\n", log.Text, StringComparison.Ordinal);
        Assert.Null(keeper.Find(Host));
        Assert.Equal(["acme_account+key"], Directory.GetFiles(folder).Select(Path.GetFileName));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60));
    }

    private static void Arrange(FakeAuthority authority, string kind)
    {
        string at = authority.Base;
        string Known(string nonce) => $$"""{"newNonce":"{{nonce}}","newAccount":"{{at}}/account"}""";
        string Problem(string type, string detail) => $$"""{"type":"urn:ietf:params:acme:error:{{type}}","detail":"{{detail}}"}""";
        (string path, RequestDelegate answer) = kind switch
        {
            "no json" => ("/dir", Answer(200, "<html>")),
            "null" => ("/dir", Answer(200, "null")),
            "an error without words" => ("/dir", Answer(503, "")),
            "long" => ("/dir", Answer(200, new string(' ', 10 << 20))),
            "deep" => ("/dir", Answer(200, "{\"meta\":" + new string('[', 100_000))),
            "redirect" => ("/dir", Answer(302, "", at + "/dir2")),
            "no addresses" => ("/dir", Answer(200, "{}")),
            "elsewhere" => ("/dir", Answer(200, Known("https://elsewhere.example/x"))),
            "other port" => ("/dir", Answer(200, Known("http://127.0.0.1:1/x"))),
            "file" => ("/dir", Answer(200, Known("file:///etc/passwd"))),
            "never a nonce" => ("/nonce", http => { http.Response.Headers.Remove("Replay-Nonce"); return Task.CompletedTask; }),
            "nonce of other characters" => ("/nonce", http => { http.Response.Headers["Replay-Nonce"] = "a\"b"; return Task.CompletedTask; }),
            "nonces never taken" => ("/account", Answer(400, Problem("badNonce", "no"))),
            "no account" => ("/account", Answer(201, "{}")),
            "account elsewhere" => ("/account", Answer(201, "{}", "https://elsewhere.example/1")),
            "no order" => ("/order", Answer(201, authority.Order())),
            "many authorizations" => ("/order", Answer(201, $$"""{"status":"pending","authorizations":[{{string.Join(',', Enumerable.Repeat("\"x\"", 5))}}]}""", at + "/o/1")),
            "null authorizations" => ("/order", Answer(201, """{"status":"pending","authorizations":[null]}""", at + "/o/1")),
            "other name" => ("/a/1", Answer(200, authority.Authorization("two.example"))),
            "dns alone" => ("/a/1", Answer(200, authority.Authorization(Host, type: "dns-01"))),
            "path as token" => ("/a/1", Answer(200, authority.Authorization(Host, token: "../../x"))),
            "endless pending" => ("/a/1", Answer(200, authority.Authorization(Host, status: "pending"))),
            "endless processing" => ("/o/1", Answer(200, authority.Order("processing"))),
            "silence" => ("/dir", http => Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default)),
            "trickle" => ("/dir", TrickleAsync),
            "invalid with words" => ("/o/1", Answer(200, $$"""{"status":"invalid","error":{{Problem("caa", "CAA record for one.example prevents issuance")}}}""")),
            "lines in words" => ("/order", Answer(403, Problem("unauthorized", "line one\\r\\nline two"))),
            "long words" => ("/order", Answer(403, Problem("unauthorized", Line))),
            "no certificate" => ("/cert/1", Answer(200, "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n")),
            "other certificate" => ("/cert/1", Answer(200, Other())),
            "strange status" => ("/o/1", Answer(200, authority.Order("odd"))),
            _ => ("/none", Answer(404, "")),
        };
        authority.Instead[path] = answer;
        if (kind == "for another name") authority.OtherName = "two.example";
        if (kind == "ended") authority.Life = TimeSpan.FromHours(-1);
    }

    /// <summary>A certificate for the right name and another key.</summary>
    private static string Other()
    {
        using System.Security.Cryptography.ECDsa key = System.Security.Cryptography.ECDsa.Create();
        System.Security.Cryptography.X509Certificates.CertificateRequest request = new("CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        System.Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(Host);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1)).ExportCertificatePem();
    }

    private static async Task TrickleAsync(HttpContext http)
    {
        while (!http.RequestAborted.IsCancellationRequested)
        {
            await http.Response.Body.WriteAsync(" "u8.ToArray());
            await http.Response.Body.FlushAsync();
            await Task.Delay(20);
        }
    }

    [Fact]
    public async Task A_nonce_that_is_not_taken_is_replaced_some_times()
    {
        await using FakeAuthority authority = await FakeAuthority.StartAsync();
        authority.Instead["/order"] = http => authority.Asked("/order") < 10 ? FakeAuthority.WriteAsync(http, 400, """{"type":"urn:ietf:params:acme:error:badNonce"}""") : authority.TellOrderAsync(http);
        using CertificateKeeper keeper = Keep(authority.Directory);
        await RunAsync(keeper, () => keeper.Find(Host) is not null, "a certificate");
        Assert.Equal(10, authority.Asked("/order"));
        // Each answer brought a nonce, so one was asked for by itself.
        Assert.Equal(1, authority.Asked("/nonce"));
    }

    [Fact]
    public async Task When_it_wants_to_be_left_alone_it_is_but_not_for_ever()
    {
        await using FakeAuthority authority = await FakeAuthority.StartAsync();
        string wait = "7200";
        authority.Instead["/order"] = http =>
        {
            http.Response.Headers.RetryAfter = wait;
            return FakeAuthority.WriteAsync(http, 429, """{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates already issued"}""");
        };
        using (CertificateKeeper keeper = Keep(authority.Directory, retry: TimeSpan.FromMilliseconds(1))) await RunAsync(keeper, "new order: 429: rateLimited: too many certificates already issued; there is none; tried again in 02:");
        Assert.Equal(1, authority.Asked("/order"));
        wait = "999999999";
        using (CertificateKeeper keeper = Keep(authority.Directory, retry: TimeSpan.FromMilliseconds(1))) await RunAsync(keeper, "tried again in 1.");
        Assert.Equal(2, authority.Asked("/order"));
    }

    [Fact]
    public async Task Pauses_grow_and_it_is_tried_until_it_goes()
    {
        await using FakeAuthority authority = await FakeAuthority.StartAsync();
        authority.Instead["/dir"] = Answer(503, "");
        using CertificateKeeper keeper = Keep(authority.Directory, retry: TimeSpan.FromMilliseconds(1));
        using CancellationTokenSource stop = new();
        Task run = Task.Run(() => keeper.RunAsync(stop.Token));
        Condition.Await("tries", () => authority.Asked("/dir") >= 5);
        authority.Instead.Clear();
        Condition.Await("a certificate", () => keeper.Find(Host) is not null, TimeSpan.FromMinutes(1));
        await stop.CancelAsync();
        await run;
        Assert.InRange(authority.Asked("/dir"), 6, 12);
    }

    [Fact]
    public async Task An_account_that_it_has_forgotten_is_made_again_at_once()
    {
        await using FakeAuthority authority = await FakeAuthority.StartAsync();
        using CertificateKeeper keeper = Keep(authority.Directory, retry: TimeSpan.FromHours(1), hosts: [Host, "two.example"]);
        authority.Instead["/order"] = http =>
        {
            // The second order is refused once.
            if (authority.Asked("/order") != 2) return authority.TellOrderAsync(http);
            return FakeAuthority.WriteAsync(http, 400, """{"type":"urn:ietf:params:acme:error:accountDoesNotExist"}""");
        };
        await RunAsync(keeper, () => keeper.Find(Host) is not null && keeper.Find("two.example") is not null, "both");
        Assert.Equal(2, authority.Asked("/account"));
    }

    [Fact]
    public async Task The_certificate_before_stays_in_use()
    {
        await using FakeAuthority authority = await FakeAuthority.StartAsync();
        // It is a day old when it comes: less than a third of its life is left.
        authority.Life = TimeSpan.FromHours(2);
        using (CertificateKeeper first = Keep(authority.Directory)) await RunAsync(first, "renewed about");
        authority.Instead["/dir"] = Answer(500, "");
        using CertificateKeeper keeper = Keep(authority.Directory);
        object before = keeper.Find(Host)!;
        await RunAsync(keeper, "directory: 500; the one until");
        Assert.Contains("stays in use; tried again in 01:", log.Text, StringComparison.Ordinal);
        Assert.Same(before, keeper.Find(Host));
    }

    [Fact]
    public async Task One_that_gives_old_certificates_is_not_asked_without_end()
    {
        await using FakeAuthority authority = await FakeAuthority.StartAsync();
        authority.Life = TimeSpan.FromHours(2);
        using CertificateKeeper keeper = Keep(authority.Directory);
        await RunAsync(keeper, "renewed about");
        string due = System.Text.RegularExpressions.Regex.Match(log.Text, "renewed about ([-0-9: ]+Z)").Groups[1].Value;
        Assert.True(DateTimeOffset.Parse(due, System.Globalization.CultureInfo.InvariantCulture) - TimeProvider.System.GetUtcNow() > TimeSpan.FromMinutes(50), due);
    }

    [Theory]
    [InlineData("http://ca.example/dir")]
    [InlineData("ftp://127.0.0.1/dir")]
    [InlineData("https://user:secret@ca.example/dir")]
    public void A_directory_is_at_https(string address)
    {
        KeelsonException e = Assert.Throws<KeelsonException>(() => Keep(new(address)));
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }
}
