using Keelson.Distribution;
using Keelson.Oci;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Upstream;

/// <summary>One upstream: its client, the names of its repositories on both sides, and whether it answers.</summary>
internal sealed class UpstreamRegistry : IRegistryHosts, IDisposable
{
    private const string Hub = "docker.io";
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly RegistryHost host;
    private readonly string registry;
    private long downUntil;

    public UpstreamRegistry(UpstreamOptions options, TimeProvider time, ILogger logger)
    {
        (Options, this.time, this.logger) = (options, time, logger);
        (Prefix, RemotePrefix) = (WithSlash(options.Prefix), WithSlash(options.RemotePrefix));
        registry = options.Address.Authority;
        string common = options.Address.Host is "registry-1.docker.io" or "index.docker.io" ? Hub : registry;
        Namespaces = options.Namespaces.Count > 0 ? options.Namespaces : [common];
        host = new()
        {
            Base = new(options.Address.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/v2/"), CredentialName = common, Capabilities = HostCapabilities.Pull | HostCapabilities.Resolve,
            AuthorityFiles = options.AuthorityFiles, SkipVerify = options.SkipVerify,
        };
        Client = new(new()
        {
            Hosts = this,
            Credentials = options.Credential is { } credential ? new FixedCredentials(new Dictionary<string, RegistryCredential> { [common] = credential }) : options.Credentials,
            TrustedRealms = options.TrustedRealms, UserAgent = "keelson-registry/0.1",
            StallTimeout = options.StallTimeout, ConnectTimeout = options.ConnectTimeout, Attempts = options.Attempts, FirstDelay = options.FirstDelay, MaxDelay = options.Pause, Time = time,
            Warn = text => logger.UpstreamWarns(options.Name, text),
        });
    }

    public UpstreamOptions Options { get; }

    public string Name => Options.Name;

    public RegistryClient Client { get; }

    public string Prefix { get; }

    public string RemotePrefix { get; }

    public IReadOnlyList<string> Namespaces { get; }

    /// <summary>Whether it did not answer a moment ago.</summary>
    public bool IsDown => Volatile.Read(ref downUntil) > time.GetUtcNow().Ticks;

    public IReadOnlyList<RegistryHost> For(string registry) => [host];

    /// <summary>What a repository here is called there; <see langword="null"/>: it is not of this upstream.</summary>
    public RepositoryName? Remote(string repository)
    {
        if (!repository.StartsWith(Prefix, StringComparison.Ordinal) || repository.Length == Prefix.Length) return null;
        string path = RemotePrefix + repository[Prefix.Length..];
        return RepositoryName.IsPath(path) ? new(registry, path) : null;
    }

    /// <summary>What a repository there is called here; <see langword="null"/>: it is not served.</summary>
    public string? Local(string remote)
    {
        if (!remote.StartsWith(RemotePrefix, StringComparison.Ordinal) || remote.Length == RemotePrefix.Length) return null;
        string path = Prefix + remote[RemotePrefix.Length..];
        return RepositoryName.IsPath(path) ? path : null;
    }

    /// <summary>A repository of it by the name that it has there.</summary>
    public RepositoryName Named(string remote) => new(registry, remote);

    /// <summary>The names of its repositories.</summary>
    public IAsyncEnumerable<string> ListAsync(CancellationToken cancel) => Client.ListRepositoriesAsync(registry, cancel);

    /// <summary>Asks it for something, and notes whether it answers.</summary>
    /// <param name="ask">What is asked.</param>
    /// <param name="cancel">Nobody wants it any more.</param>
    /// <param name="limit">How long it may take; none by default but what the options say.</param>
    /// <exception cref="KeelsonException">Unavailable: it does not answer. Others are its answer.</exception>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancel, TimeSpan? limit = null)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (limit is { } time) stop.CancelAfter(time);
        try
        {
            T answer = await ask(stop.Token).ConfigureAwait(false);
            if (Interlocked.Exchange(ref downUntil, 0) != 0) logger.UpstreamAnswers(Name);
            return answer;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw Down(new RegistryException(ErrorKind.Unavailable, $"ask {Name}: no answer within {limit!.Value.TotalSeconds:0.###} s"));
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.Unavailable)
        {
            throw Down(e);
        }
    }

    public void Dispose() => Client.Dispose();

    private KeelsonException Down(KeelsonException error)
    {
        if (Interlocked.Exchange(ref downUntil, (time.GetUtcNow() + Options.Pause).Ticks) == 0) logger.UpstreamIsDown(Name, error.Message);
        return error;
    }

    private static string WithSlash(string prefix) => prefix.Length == 0 || prefix.EndsWith('/') ? prefix : prefix + "/";
}
