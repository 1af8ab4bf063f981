using System.Net;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;
using Keelson.Registry.Upstream;
using TestClock = Keelson.Registry.Tests.Auth.TestClock;

namespace Keelson.Registry.Tests.Upstream;

/// <summary>A registry of ours with another one of ours as its upstream, and a proxy in between that counts. Both have their stores in memory, and a clock that tests move.</summary>
public abstract class UpstreamTest : IAsyncLifetime
{
    internal const string Repository = "team/app";

    private readonly List<IAsyncDisposable> made = [];
    private HttpClient? client, upstreamClient;

    internal KeelsonRegistry Upstream { get; private set; } = null!;

    internal CountingProxy Proxy { get; private set; } = null!;

    internal KeelsonRegistry Registry { get; private set; } = null!;

    internal TestClock Clock { get; } = new();

    internal TestLog Log { get; } = new();

    /// <summary>Speaks to the registry.</summary>
    internal HttpClient Client => client!;

    /// <summary>Speaks to the upstream, past the proxy.</summary>
    internal HttpClient Source => upstreamClient!;

    /// <summary>The upstream as the registry has it.</summary>
    internal UpstreamOptions Options => Impatient(Proxy.Address);

    public virtual async ValueTask InitializeAsync()
    {
        Upstream = Keep(await KeelsonRegistry.StartAsync());
        Proxy = Keep(await CountingProxy.StartAsync(Upstream.Name));
        upstreamClient = Upstream.Client();
        await RestartAsync(Options);
    }

    public virtual async ValueTask DisposeAsync()
    {
        client?.Dispose();
        upstreamClient?.Dispose();
        made.Reverse();
        foreach (IAsyncDisposable one in made) await one.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>An upstream that is not waited for long.</summary>
    internal static UpstreamOptions Impatient(Uri address) => new()
    {
        Name = "test", Address = address, FirstDelay = TimeSpan.FromMilliseconds(5), StallTimeout = TimeSpan.FromSeconds(20), Pause = TimeSpan.FromSeconds(10),
    };

    /// <summary>Starts the registry with these upstreams, on an empty store unless one is given.</summary>
    internal Task RestartAsync(params IReadOnlyList<UpstreamOptions> upstreams) => RestartAsync(new RegistryOptions { Upstreams = upstreams }, null);

    /// <inheritdoc cref="RestartAsync(IReadOnlyList{UpstreamOptions})"/>
    internal async Task RestartAsync(RegistryOptions options, IStorageDriver? driver)
    {
        client?.Dispose();
        Registry = Keep(await KeelsonRegistry.StartAsync(driver ?? new MemoryDriver(Clock), options with { AllowsDelete = true, Store = new RegistryStoreOptions { Time = Clock } }, Log));
        client = Registry.Client();
    }

    /// <summary>Keeps something until the test is over.</summary>
    internal T Keep<T>(T one) where T : IAsyncDisposable
    {
        made.Add(one);
        return one;
    }

    /// <summary>Pushes an image to the upstream.</summary>
    internal Task<byte[]> PublishAsync(string? tag = "1", string repository = Repository, byte[]? layer = null) => Source.PushImageAsync(repository, tag, layer);

    /// <summary>Gets something that has to be there.</summary>
    internal async Task<byte[]> GetAsync(string path)
    {
        using HttpResponseMessage answer = await Client.GetAsync("/v2/" + path);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}\n{Log.Text}");
        return await answer.Content.ReadAsByteArrayAsync();
    }

    /// <summary>The status that a GET is answered with.</summary>
    internal async Task<HttpStatusCode> StatusAsync(string path)
    {
        using HttpResponseMessage answer = await Client.GetAsync("/v2/" + path);
        return answer.StatusCode;
    }

    /// <summary>The digests of the blobs of a manifest, the configuration first.</summary>
    internal static Digest[] Blobs(byte[] manifest) => ImageManifest.Parse(manifest) is var parsed ? [parsed.Config.Digest, .. parsed.Layers.Select(layer => layer.Digest)] : [];

    /// <summary>The texts of a list in a document.</summary>
    internal static string[] Texts(byte[] json, string name)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. document.RootElement.GetProperty(name).EnumerateArray().Select(one => one.GetString()!)];
    }
}
