using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keelson.Registry.Auth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Keelson.Registry.Tests.Auth;

public sealed class CertificateTests : IDisposable
{
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly AccessRules Rules = AccessRules.Parse("""
        {"repositories":{"team/**":{"policies":[{"users":["anna"],"actions":["pull"]},{"groups":["builders"],"actions":["pull","create"]}]},"public/*":{"anonymousPolicy":["pull"]}}}
        """u8);

    private readonly Folder folder = new();
    private readonly TestClock clock = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("CN=anna", "anna", "")]
    [InlineData("CN=anna, O=builders, O=testers", "anna", "builders,testers")]
    [InlineData("O=builders", null, null)]
    [InlineData("CN=anna, CN=root", null, null)]
    [InlineData("CN=\"anna, CN=root\"", "anna, CN=root", "")]
    public async Task The_name_is_the_common_name_and_groups_are_organisations(string subject, string? name, string? groups)
    {
        Identification shown = await new CertificateIdentitySource(time: clock).IdentifyAsync(With(Make(subject)));
        Assert.Equal((name ?? "", name is null, groups ?? ""), (shown.Identity.Name, shown.Refusal is not null, string.Join(',', shown.Identity.Groups.Order())));
    }

    [Fact]
    public async Task Other_names_are_taken_when_they_are_asked_for_in_order()
    {
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddUri(new("spiffe://example/web"));
        names.AddDnsName("web.example");
        names.AddEmailAddress("web@example");
        X509Certificate2 certificate = Make("O=nobody", names);
        foreach ((CertificateNamePart part, string name) in ((CertificateNamePart, string)[])[(CertificateNamePart.Dns, "web.example"), (CertificateNamePart.Email, "web@example"), (CertificateNamePart.Uri, "spiffe://example/web")])
            Assert.Equal(name, (await new CertificateIdentitySource([CertificateNamePart.CommonName, part]).IdentifyAsync(With(certificate))).Identity.Name);
        Assert.NotNull((await new CertificateIdentitySource().IdentifyAsync(With(certificate))).Refusal);
        Assert.NotNull((await new CertificateIdentitySource([CertificateNamePart.Dns]).IdentifyAsync(With(Make("CN=anna")))).Refusal);
    }

    [Fact]
    public async Task A_certificate_that_ended_on_an_open_connection_is_refused()
    {
        CertificateIdentitySource source = new(time: clock);
        HttpContext http = With(Make("CN=anna"));
        Assert.Null((await source.IdentifyAsync(http)).Refusal);
        clock.Advance(TimeSpan.FromDays(2));
        Assert.Contains("not valid now", (await source.IdentifyAsync(http)).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_certificate_one_is_anybody_and_cannot_be_asked_for_one()
    {
        CertificateAuthorizer authorizer = new(() => Rules);
        Assert.True((await authorizer.DecideAsync(Requests.Plain(), Requests.Pull("public/app"))).IsAllowed);
        AccessDecision refused = await authorizer.DecideAsync(Requests.Plain(), Requests.Pull("team/app"));
        Assert.Equal((false, null, "one without a name may not pull from team/app"), (refused.IsAllowed, refused.Challenge, refused.Reason));
        Assert.False((await authorizer.DecideAsync(Requests.Basic("anna", "anna"), Requests.Pull("public/app"))).IsAllowed);
    }

    [Fact]
    public async Task A_certificate_or_a_password_or_a_token()
    {
        using HtpasswdFile users = new(folder.Users(("anna", "secret")));
        TokenOptions tokens = new() { Realm = "https://auth.example/token", Service = TokenForge.Service, Issuers = [TokenForge.Issuer], KeySet = folder.Write("jwks.json", TokenForge.KeySet()) };
        RuleAuthorizer authorizer = new(new FirstIdentitySource(new CertificateIdentitySource(), new TokenIdentitySource(tokens), new BasicIdentitySource(users, "test")), Rules);
        Assert.Equal("anna", (await authorizer.DecideAsync(With(Make("CN=anna")), Requests.Pull("team/app"))).Identity);
        Assert.Equal("anna", (await authorizer.DecideAsync(Requests.Basic("anna", "secret"), Requests.Pull("team/app"))).Identity);
        Assert.Equal("anna", (await authorizer.DecideAsync(Requests.Bearer(TokenForge.Make()), Requests.Pull("team/app"))).Identity);
        Assert.True((await authorizer.DecideAsync(Requests.Bearer(TokenForge.Make(c => c.Remove("sub"))), Requests.Pull("public/app"))).IsAllowed);
        Assert.False((await authorizer.DecideAsync(Requests.Bearer(TokenForge.Make(c => c.Remove("sub"))), Requests.Pull("team/app"))).IsAllowed);
        // What the token grants does not count here: rules do.
        AccessDecision push = await authorizer.DecideAsync(Requests.Bearer(TokenForge.Make()), Requests.Push("team/app"));
        Assert.Equal((false, null), (push.IsAllowed, push.Challenge));
        foreach (HttpContext wrong in (HttpContext[])[Requests.Basic("anna", "wrong"), Requests.Bearer("a.b.c"), Requests.With("Negotiate abc")])
        {
            AccessDecision refused = await authorizer.DecideAsync(wrong, Requests.Pull("public/app"));
            Assert.Equal((false, """Bearer realm="https://auth.example/token",service="registry.example",scope="repository:public/app:pull",error="invalid_token", Basic realm="test", charset="UTF-8" """.TrimEnd()), (refused.IsAllowed, refused.Challenge));
        }
    }

    [Fact]
    public async Task A_list_shows_what_one_may_see()
    {
        CertificateAuthorizer authorizer = new(() => Rules);
        AccessDecision anna = await authorizer.DecideAsync(With(Make("CN=anna")), Requests.Catalog), nobody = await authorizer.DecideAsync(Requests.Plain(), Requests.Catalog);
        Assert.Equal((true, true, false), (anna.CanSee("team/app"), anna.CanSee("public/app"), anna.CanSee("other")));
        Assert.Equal((false, true, false), (nobody.CanSee("team/app"), nobody.CanSee("public/app"), nobody.CanSee("other")));
    }

    /// <summary>Kestrel verifies the certificate of a real client.</summary>
    [ProgramFact("curl")]
    public async Task Curl_shows_a_certificate()
    {
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256), otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256), serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = TokenForge.Certificate("root", rootKey, isAuthority: true), other = TokenForge.Certificate("root", otherKey, isAuthority: true);
        using X509Certificate2 server = TokenForge.Certificate("localhost", serverKey, root, rootKey), serverWithKey = server.CopyWithPrivateKey(serverKey);
        using X509Certificate2 anna = TokenForge.Certificate("anna", Key, root, rootKey), stranger = TokenForge.Certificate("anna", Key, other, otherKey);
        CertificateAuthorizer authorizer = new(() => Rules);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = X509CertificateLoader.LoadPkcs12(serverWithKey.Export(X509ContentType.Pkcs12), null),
            ClientCertificateMode = ClientCertificateMode.AllowCertificate,
            ClientCertificateValidation = (certificate, _, _) =>
            {
                using X509Chain chain = new() { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true } };
                chain.ChainPolicy.CustomTrustStore.Add(root);
                return chain.Build(certificate);
            },
        })));
        await using WebApplication app = builder.Build();
        app.Run(async http =>
        {
            AccessDecision decision = await authorizer.DecideAsync(http, AuthApp.Needs(http.Request));
            http.Response.StatusCode = decision.IsAllowed ? 200 : 403;
            await http.Response.WriteAsync(decision.Identity);
        });
        await app.StartAsync();
        string url = app.Urls.Single();
        folder.Write("client.key", Key.ExportPkcs8PrivateKeyPem());
        string[] asAnna = ["--cert", folder.Write("anna.pem", anna.ExportCertificatePem()), "--key", folder.File("client.key")];
        string[] asStranger = ["--cert", folder.Write("stranger.pem", stranger.ExportCertificatePem()), "--key", folder.File("client.key")];
        Assert.Equal("anna 200", Curl(url + "/v2/team/app/manifests/1", asAnna).Succeeds().Stdout);
        Assert.Equal("anna 403", Curl(url + "/v2/other/app/manifests/1", asAnna).Succeeds().Stdout);
        Assert.Equal(" 403", Curl(url + "/v2/team/app/manifests/1").Succeeds().Stdout);
        Assert.Equal(" 200", Curl(url + "/v2/public/app/manifests/1").Succeeds().Stdout);
        Assert.NotEqual(0, Curl(url + "/v2/team/app/manifests/1", asStranger).ExitCode);
        await app.StopAsync();
    }

    private static CommandResult Curl(string url, params IReadOnlyList<string> arguments) => ChildProcess.Run(["curl", "-sk", "--max-time", "60", "-w", " %{http_code}", .. arguments, url]);

    private X509Certificate2 Make(string subject, SubjectAlternativeNameBuilder? names = null)
    {
        CertificateRequest request = new(subject, Key, HashAlgorithmName.SHA256);
        if (names is not null) request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(clock.GetUtcNow().AddDays(-1), clock.GetUtcNow().AddDays(1));
    }

    private static DefaultHttpContext With(X509Certificate2 certificate)
    {
        DefaultHttpContext http = new();
        http.Connection.ClientCertificate = certificate;
        return http;
    }
}
