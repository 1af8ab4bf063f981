using System.Net.Security;
using Keelson.Acme.Challenges;
using Keelson.Acme.Protocol;
using Keelson.Linux;
using Microsoft.Extensions.Logging;

namespace Keelson.Acme;

/// <summary>Has a certificate for each of some names: gets those that are missing, renews those of whose life a third is left, and hands the newest one to a server that runs.</summary>
/// <remarks>Names are seen to one after the other. While an authority gives nothing the certificate before stays in use.</remarks>
public sealed class CertificateKeeper : IDisposable
{
    /// <summary>Longest single wait: the clock of the machine may be set meanwhile.</summary>
    private static readonly TimeSpan WaitLimit = TimeSpan.FromHours(1);

    /// <summary>Longest pause that an authority can ask for.</summary>
    private static readonly TimeSpan RetryAfterLimit = TimeSpan.FromDays(1);

    private readonly CertificateKeeperOptions options;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly Random random;
    private readonly CertificateFolder folder;
    private readonly AcmeAccountKey key;
    private readonly AcmeClient client;
    private readonly Dictionary<string, KeptHost> hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly KeptHost first;

    /// <summary>Reads what there is. Nothing is asked for yet.</summary>
    /// <param name="options">What is kept.</param>
    /// <param name="logger">Hears of what was got, and what was not and why.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Spreads requests, so that many that were started together do not ask together.</param>
    /// <param name="disk">What writes the files.</param>
    /// <exception cref="KeelsonException">InvalidArgument: there is no name, or one that is none; or the key of the account is none. PermissionDenied: others may read a key. Others: the folder cannot be used.</exception>
    public CertificateKeeper(CertificateKeeperOptions options, ILogger logger, TimeProvider? time = null, Random? random = null, Disk? disk = null)
    {
        (this.options, this.logger, this.time, this.random) = (options, logger, time ?? TimeProvider.System, random ?? Random.Shared);
        foreach (string name in options.Hosts)
            if (!IsHost(name)) throw new KeelsonException(ErrorKind.InvalidArgument, $"certificate for '{name}': it is no name of a host; there are none for addresses and wildcards");
            else hosts.TryAdd(name, new(name));
        if (hosts.Count == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "certificates: there is no name of a host");
        first = hosts[options.Hosts[0]];
        folder = new(options.Folder, disk ?? new());
        foreach (KeptHost host in hosts.Values) Load(host);
        key = folder.LoadOrCreateAccount();
        try
        {
            client = new(options.Authority, key, logger, this.time);
        }
        catch
        {
            key.Dispose();
            throw;
        }
        Tls = new(this.time);
    }

    /// <summary>Answers authorities on the port of TLS.</summary>
    public TlsChallenges Tls { get; }

    /// <summary>Answers authorities at port 80.</summary>
    public HttpChallenges Http { get; } = new();

    /// <summary>Whether a text is the name of a host as certificates have it.</summary>
    public static bool IsHost(string name) => AcmeText.IsHost(name);

    /// <summary>The certificate for a name that a client asked for.</summary>
    /// <param name="name">The name; <see langword="null"/>: it asked for none, and gets that of the first host.</param>
    /// <returns><see langword="null"/>: there is none yet, or the name is none of ours.</returns>
    public SslStreamCertificateContext? Find(string? name) => (name is null ? first : hosts.GetValueOrDefault(name))?.Certificate?.Context;

    /// <summary>Gets and renews until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                KeptHost next = hosts.Values.MinBy(host => host.Due)!;
                TimeSpan wait = next.Due - time.GetUtcNow();
                if (wait > TimeSpan.Zero) await Task.Delay(wait < WaitLimit ? wait : WaitLimit, time, stop).ConfigureAwait(false);
                else await RenewAsync(next, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It stops.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        client.Dispose();
        key.Dispose();
    }

    private void Load(KeptHost host)
    {
        host.Due = time.GetUtcNow();
        try
        {
            host.Certificate = folder.Load(host.Name);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.DataLoss)
        {
            logger.NotUsable(host.Name, e.FullMessage);
        }
        // That of another authority serves until there is one of the right one.
        if (host.Certificate is not { } found || found.End <= host.Due || found.Directory is { } from && from != options.Authority.Directory.AbsoluteUri) return;
        host.Due = DueOf(found);
        logger.Found(host.Name, options.Folder, found.End, host.Due);
    }

    private async Task RenewAsync(KeptHost host, CancellationToken stop)
    {
        try
        {
            IChallengeResponder[] responders = options.AnswersHttp ? [Http, Tls] : [Tls];
            // What did not go one way may go the other.
            if (host.Failures % 2 == 1) Array.Reverse(responders);
            logger.Asks(host.Name, options.Authority.Directory, responders[0].Type);
            IssuedCertificate issued = await client.IssueAsync(host.Name, responders, stop).ConfigureAwait(false);
            HostCertificate made = HostCertificate.Of(host.Name, options.Authority.Directory, issued);
            if (made.End - time.GetUtcNow() < options.LeastLife) throw new AcmeException(ErrorKind.Unavailable, $"certificate: it ends at {made.End:O}, or the clock is wrong");
            Save(host, made);
            // One that came with most of its life behind it is not asked for again at once, and again.
            DateTimeOffset due = DueOf(made), least = time.GetUtcNow() + (made.End - time.GetUtcNow()) / 2;
            (host.Certificate, host.Failures, host.Due) = (made, 0, due > least ? due : least);
            logger.Got(host.Name, options.Authority.Directory, made.End, host.Due);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // Whatever a stranger's answer leads to, it is told, and the next try comes.
            TimeSpan delay = Delay(host.Failures++, (e as AcmeException)?.RetryAfter);
            host.Due = time.GetUtcNow() + delay;
            logger.NotGot(host.Name, e is KeelsonException ? e.Message : $"{e.GetType().Name}: {e.Message}", host.Certificate is { } old ? $"the one until {old.End:u} stays in use" : "there is none", delay);
        }
    }

    private void Save(KeptHost host, HostCertificate made)
    {
        try
        {
            folder.Save(host.Name, made);
        }
        catch (KeelsonException e)
        {
            logger.NotKept(host.Name, e.FullMessage);
        }
    }

    /// <summary>When a third of its life is left, or a little later: up to a thirtieth of its life.</summary>
    private DateTimeOffset DueOf(HostCertificate certificate)
    {
        TimeSpan life = certificate.End - certificate.Start;
        return certificate.End - life / 3 + life / 30 * random.NextDouble();
    }

    /// <summary>How long it is waited: longer after each failure, at least as long as the authority wants, and up to a fifth more.</summary>
    private TimeSpan Delay(int failures, TimeSpan? retryAfter)
    {
        TimeSpan delay = options.RetryDelay * Math.Pow(3, Math.Min(failures, 10));
        if (delay > options.RetryDelayLimit) delay = options.RetryDelayLimit;
        if (retryAfter > delay) delay = retryAfter < RetryAfterLimit ? retryAfter.Value : RetryAfterLimit;
        return delay * (1 + random.NextDouble() / 5);
    }
}
