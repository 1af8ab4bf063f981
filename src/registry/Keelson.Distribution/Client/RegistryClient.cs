using System.Net;
using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>Speaks to registries.</summary>
/// <remarks>
/// distribution-spec 1.1, over HTTP/2 where the registry has it and HTTP/1.1 elsewhere. One client is for many registries and many callers at a time; it keeps
/// connections and tokens. Requests that a busy registry or a broken connection fails are tried again as <see cref="RegistryClientOptions"/> say. Errors
/// are <see cref="RegistryException"/>.
/// </remarks>
public sealed partial class RegistryClient : IDisposable
{
    private readonly RegistryTransport transport;
    private readonly RegistryClientOptions options;

    /// <summary>Makes a client.</summary>
    public RegistryClient(RegistryClientOptions? options = null)
    {
        this.options = options ?? new RegistryClientOptions();
        transport = new RegistryTransport(this.options);
    }

    /// <summary>Asks whether a registry is there and takes the credential. distribution-spec "end-1".</summary>
    /// <exception cref="RegistryException">PermissionDenied: it does not take the credential. NotFound, Unavailable: there is none.</exception>
    public async Task PingAsync(string registry, CancellationToken cancellation = default)
    {
        string operation = $"ping {registry}";
        foreach (RegistryHost host in options.Hosts.For(registry).Where(h => !h.IsMirror))
        {
            using HttpResponseMessage answer = await SendAsync(host, operation, HttpMethod.Get, host.Base, AuthScope.None, cancellation).ConfigureAwait(false);
            if (answer.StatusCode != HttpStatusCode.OK) throw await ErrorAsync(answer, operation, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Closes all connections.</summary>
    public void Dispose() => transport.Dispose();

    /// <summary>Asks the hosts of a registry in turn until one answers as wanted; the error is that of the last, which is the registry itself.</summary>
    private async Task<T> FirstAsync<T>(string registry, HostCapabilities needed, string operation, Func<RegistryHost, Task<T>> ask)
    {
        List<RegistryHost> hosts = [.. options.Hosts.For(registry).Where(host => host.Capabilities.HasFlag(needed))];
        if (hosts.Count == 0) throw new RegistryException(ErrorKind.FailedPrecondition, $"{operation}: no host of {registry} may be asked for it");
        for (int i = 0; ; i++)
        {
            try
            {
                return await ask(hosts[i]).ConfigureAwait(false);
            }
            catch (KeelsonException e) when (i + 1 < hosts.Count)
            {
                options.Warn?.Invoke($"{e.Message}; next host");
            }
        }
    }

    private Task<HttpResponseMessage> SendAsync(RegistryHost host, string operation, HttpMethod method, Uri url, AuthScope scope, CancellationToken cancellation,
        Action<HttpRequestMessage>? prepare = null) =>
        transport.SendAsync(host, operation, () =>
        {
            HttpRequestMessage request = new(method, url);
            prepare?.Invoke(request);
            return request;
        }, transport.Authorizer(host), scope, cancellation);

    private Task<RegistryException> ErrorAsync(HttpResponseMessage answer, string operation, CancellationToken cancellation) =>
        RegistryErrors.ReadAsync(transport, answer, operation, cancellation);

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out System.Net.Http.Headers.HeaderStringValues values) ? values.First() : null;

    /// <summary>The digest that the registry says it serves; empty when it says none.</summary>
    private static Digest DigestHeader(HttpResponseMessage answer, string operation) => Header(answer, "Docker-Content-Digest") switch
    {
        null or "" => default,
        var text when Digest.TryParse(text, out Digest digest) => digest,
        _ => throw new RegistryException(ErrorKind.DataLoss, $"{operation}: the header Docker-Content-Digest is not a digest", (int)answer.StatusCode),
    };
}
