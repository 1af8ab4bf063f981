using Keelson.Registry.Storage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Health;

/// <summary>Something that a registry cannot do without.</summary>
/// <param name="Name">Its name.</param>
/// <param name="LookAsync">Says what is wrong with it; <see langword="null"/>: nothing. What it throws is wrong too.</param>
public sealed record HealthCheck(string Name, Func<CancellationToken, Task<string?>> LookAsync)
{
    /// <summary>How often it is looked at: every ten seconds.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>So many looks in a row must fail: one.</summary>
    public int Threshold { get; init; } = 1;

    /// <summary>How long one look may take: five seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The registry's store.</summary>
    public static HealthCheck Storage(IStorageDriver driver) => new("storagedriver_" + driver.Name, async cancel =>
    {
        await driver.ListAsync(StorePaths.Blobs, cancel).ConfigureAwait(false);
        return null;
    });

    /// <summary>A file that is there when the registry shall not serve, such as one that an operator makes.</summary>
    public static HealthCheck File(string path) => new(path, _ => Task.FromResult(System.IO.File.Exists(path) ? "the file exists" : null));

    /// <summary>Something that answers HTTP with a status.</summary>
    public static HealthCheck Http(HttpClient client, Uri address, int status, IReadOnlyList<KeyValuePair<string, string>> headers) => new(address.GetLeftPart(UriPartial.Path), async cancel =>
    {
        using HttpRequestMessage request = new(HttpMethod.Head, address);
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        return (int)answer.StatusCode == status ? null : $"answered {(int)answer.StatusCode}";
    });

    /// <summary>Something that takes TCP connections.</summary>
    public static HealthCheck Tcp(string host, int port) => new($"{host}:{port}", async cancel =>
    {
        using System.Net.Sockets.Socket socket = new(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        await socket.ConnectAsync(host, port, cancel).ConfigureAwait(false);
        return null;
    });
}
