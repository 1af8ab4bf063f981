using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Keelson.Distribution;

/// <summary>Keeps the connections to hosts: one pool for all that need nothing special, and one for each host that does.</summary>
internal sealed class HandlerPool(RegistryClientOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<HttpMessageInvoker>> invokers = new(StringComparer.Ordinal);

    public HttpMessageInvoker For(RegistryHost host)
    {
        bool isSpecial = host.SkipVerify || host.AuthorityFiles.Count > 0 || host.ClientCertificates.Count > 0;
        return invokers.GetOrAdd(isSpecial ? host.Origin : Plain(host.Base), _ => new(() => Make(host))).Value;
    }

    /// <summary>Connections for a redirect: nothing of a registry's settings holds there.</summary>
    public HttpMessageInvoker For(Uri url)
    {
        bool isLocal = DirectHosts.IsLoopback(url.Authority);
        return invokers.GetOrAdd(isLocal ? Plain(url) : "redirect", _ => new(() => Make(new RegistryHost { Base = url, CredentialName = "" }, isLocal ? null : RedirectTrust.ConnectAsync))).Value;
    }

    private static string Plain(Uri url) => DirectHosts.IsLoopback(url.Authority) ? "loopback" : "";

    private HttpMessageInvoker Make(RegistryHost host, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect = null)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            EnableMultipleHttp2Connections = true,
            // A proxy of the environment is for other machines.
            UseProxy = !DirectHosts.IsLoopback(host.Base.Authority),
            MaxResponseHeadersLength = 64,
            ConnectCallback = connect,
        };
        if (host.SkipVerify)
#pragma warning disable CA5359 // The file of the host says so.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        else if (host.AuthorityFiles.Count > 0) TrustFiles(handler, host);
        if (host.ClientCertificates.Count > 0)
        {
            handler.SslOptions.ClientCertificates = [];
            foreach ((string certificate, string? key) in host.ClientCertificates)
                handler.SslOptions.ClientCertificates.Add(Load(certificate, () => X509Certificate2.CreateFromPemFile(certificate, key)));
        }
        return new HttpMessageInvoker(handler);
    }

    /// <summary>Trusts the certificates of files besides those of the system: a chain that the system does not trust is built again on these.</summary>
    private static void TrustFiles(SocketsHttpHandler handler, RegistryHost host)
    {
        X509Certificate2Collection roots = [];
        foreach (string file in host.AuthorityFiles)
            Load(file, () =>
            {
                roots.ImportFromPemFile(file);
                return roots;
            });
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is null) return errors == SslPolicyErrors.None;
            using X509Chain own = new();
            own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            own.ChainPolicy.CustomTrustStore.AddRange(roots);
            own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            foreach (X509ChainElement element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>()) own.ChainPolicy.ExtraStore.Add(element.Certificate);
            using X509Certificate2 leaf = new(certificate);
            return own.Build(leaf);
        };
    }

    private static T Load<T>(string file, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read certificate {file}: it cannot be used", e);
        }
    }

    public void Dispose()
    {
        foreach (Lazy<HttpMessageInvoker> invoker in invokers.Values)
            if (invoker.IsValueCreated) invoker.Value.Dispose();
    }
}
