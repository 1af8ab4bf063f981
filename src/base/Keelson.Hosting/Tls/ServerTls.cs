using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Keelson.Hosting.Tls;

/// <summary>How a server speaks TLS.</summary>
public sealed record ServerTls
{
    private static readonly SslApplicationProtocol ChallengeProtocol = new("acme-tls/1");

    /// <summary>The certificate for a name that a client asked for, or for none: asked at each connection.</summary>
    public required Func<string?, SslStreamCertificateContext?> Certificate { get; init; }

    /// <summary>The certificate that proves to an authority who holds a name, asked when a client wants the protocol <c>acme-tls/1</c>; <see langword="null"/>: nobody asks. RFC 8737.</summary>
    public Func<string?, SslStreamCertificateContext?>? Challenge { get; init; }

    /// <summary>Versions: 1.2 and 1.3.</summary>
    public SslProtocols Versions { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Cipher suites; <see langword="null"/>: those of the system.</summary>
    public IReadOnlyList<TlsCipherSuite>? CipherSuites { get; init; }

    /// <summary>What is done about certificates of clients.</summary>
    public ClientCertificateMode Clients { get; init; }

    /// <summary>Who may sign certificates of clients.</summary>
    public X509Certificate2Collection ClientAuthorities { get; init; } = [];

    /// <summary>The options of one connection.</summary>
    internal SslServerAuthenticationOptions For(SslClientHelloInfo hello, List<SslApplicationProtocol> protocols) => new()
    {
        ServerCertificateContext = Certificate(hello.ServerName.Length == 0 ? null : hello.ServerName) ?? throw new AuthenticationException($"there is no certificate for '{hello.ServerName}'"),
        ApplicationProtocols = protocols,
        EnabledSslProtocols = Versions,
        CipherSuitesPolicy = CipherSuites is null ? null : OperatingSystem.IsLinux() ? new CipherSuitesPolicy(CipherSuites) : throw new PlatformNotSupportedException(),
        ClientCertificateRequired = Clients != ClientCertificateMode.None,
        CertificateChainPolicy = Clients is ClientCertificateMode.VerifyIfGiven or ClientCertificateMode.RequireAndVerify ? Policy() : null,
        RemoteCertificateValidationCallback = Clients == ClientCertificateMode.None ? null : (_, certificate, _, errors) => IsTaken(certificate is not null, errors),
    };

    /// <summary>The options of a connection that asks who holds a name: no certificate of the client, and nothing is spoken after it.</summary>
    internal SslServerAuthenticationOptions ForChallenge(string? name) => new()
    {
        ServerCertificateContext = Challenge!(name) ?? throw new AuthenticationException($"nobody is asked about '{name}'"),
        ApplicationProtocols = [ChallengeProtocol],
        EnabledSslProtocols = Versions,
    };

    private X509ChainPolicy Policy()
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(ClientAuthorities);
        // A certificate for servers is none for clients. RFC 5280 section 4.2.1.12.
        policy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.2"));
        return policy;
    }

    private bool IsTaken(bool isThere, SslPolicyErrors errors) => Clients switch
    {
        ClientCertificateMode.Request => true,
        ClientCertificateMode.RequireAny => isThere,
        ClientCertificateMode.VerifyIfGiven => !isThere || errors == SslPolicyErrors.None,
        _ => isThere && errors == SslPolicyErrors.None,
    };
}
