using System.Net;
using System.Security.Cryptography.X509Certificates;
using Keelson.Notary.Server;
using Keelson.Notary.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Notary.Tests.Support;

/// <summary>A server of collections on the loopback device, by TLS.</summary>
internal sealed class NotaryHost : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly TestAuthority authority;

    private NotaryHost(WebApplication application, TestAuthority authority, string folder, NotaryServer server, ITrustStore store, MemoryKeys keys)
    {
        (this.application, this.authority, Folder, Server, Store, Keys) = (application, authority, folder, server, store, keys);
        Address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(authority.CertificateFile);
        Client = new(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } }) { BaseAddress = new(Address) };
    }

    /// <summary>A directory of its own.</summary>
    public string Folder { get; }

    /// <summary>Where it is: <c>https://localhost:PORT</c>.</summary>
    public string Address { get; }

    public NotaryServer Server { get; }

    public ITrustStore Store { get; }

    public MemoryKeys Keys { get; }

    /// <summary>Asks it.</summary>
    public HttpClient Client { get; }

    /// <summary>Certificate of who signed its own.</summary>
    public string Authority => authority.CertificateFile;

    public static async Task<NotaryHost> StartAsync(NotaryServerOptions? options = null, ITrustStore? store = null, MemoryKeys? keys = null)
    {
        string folder = TestDirectory.Make("notary");
        TestAuthority authority = new(folder, "authority of " + Path.GetFileName(folder));
        (string certificate, string key) = authority.Issue("server", "CN=localhost");
        keys ??= new();
        store ??= new MemoryTrustStore(options?.Time);
        NotaryServer server = new(store, keys, options ?? new(), NullLogger.Instance);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            // Without the detour the key is not one that TLS can use.
            using X509Certificate2 pem = X509Certificate2.CreateFromPemFile(certificate, key);
            listen.UseHttps(X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null));
        }));
        WebApplication application = builder.Build();
        application.Run(server.HandleAsync);
        await application.StartAsync();
        return new(application, authority, folder, server, store, keys);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await application.DisposeAsync();
        await Store.DisposeAsync();
        authority.Dispose();
        TestDirectory.Remove(Folder);
    }
}
