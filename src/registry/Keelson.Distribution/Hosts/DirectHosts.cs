using System.Net;

namespace Keelson.Distribution;

/// <summary>Every registry is served by the host that its name says; docker.io by registry-1.docker.io.</summary>
/// <param name="plainHttp">Registries that are spoken to without TLS, besides those on the loopback interface.</param>
public sealed class DirectHosts(params IEnumerable<string> plainHttp) : IRegistryHosts
{
    private readonly HashSet<string> plain = new(plainHttp, StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public IReadOnlyList<RegistryHost> For(string registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        string host = registry == "docker.io" ? "registry-1.docker.io" : registry;
        bool isPlain = plain.Contains(registry) || IsLoopback(registry) && !registry.EndsWith(":443", StringComparison.Ordinal);
        return [new RegistryHost { Base = new Uri($"{(isPlain ? "http" : "https")}://{host}/v2/"), CredentialName = registry }];
    }

    /// <summary>Whether a host, with or without a port, is this machine's own: <c>localhost</c>, 127.0.0.0/8 or ::1.</summary>
    internal static bool IsLoopback(string host)
    {
        string name = Uri.TryCreate("http://" + host, UriKind.Absolute, out Uri? uri) ? uri.DnsSafeHost : host;
        return name == "localhost" || IPAddress.TryParse(name, out IPAddress? address) && IPAddress.IsLoopback(address);
    }
}
