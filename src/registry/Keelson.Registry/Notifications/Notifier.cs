using Keelson.Registry.Events;
using Keelson.Registry.Storage;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Notifications;

/// <summary>Tells others by HTTP what happens in a registry, in the form of distribution's notifications.</summary>
/// <remarks>What happened is in a queue on the store before the client of the registry has its answer; an endpoint that is away, or a registry that is killed, delays it and loses nothing.</remarks>
public sealed class Notifier : IRegistryObserver, IAsyncDisposable
{
    private readonly NotificationOptions options;
    private readonly EventQueue queue;
    private readonly List<EventSender> senders;
    private readonly HttpClient client;
    private readonly ILogger logger;
    private readonly string instance = Guid.NewGuid().ToString();

    private Notifier(NotificationOptions options, EventQueue queue, ILogger logger)
    {
        (this.options, this.queue, this.logger) = (options, queue, logger);
        client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };
        senders = [.. options.Endpoints.Select(endpoint => new EventSender(endpoint, queue, client, options.Time, logger))];
    }

    /// <summary>Bytes of events that the slowest endpoint has not taken.</summary>
    public long PendingBytes => queue.PendingBytes;

    /// <summary>How the endpoints have done so far.</summary>
    public IReadOnlyList<NotificationFigures> Figures => [.. senders.Select(sender => sender.Figures)];

    /// <summary>Opens the queue.</summary>
    /// <param name="driver">The store that it lies in, which stays the caller's.</param>
    /// <param name="options">Who is told.</param>
    /// <param name="logger">Hears of endpoints that do not answer.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">InvalidArgument: an endpoint's name or address is not usable. Or the queue is not.</exception>
    public static async Task<Notifier> OpenAsync(IStorageDriver driver, NotificationOptions options, ILogger logger, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(driver);
        ArgumentNullException.ThrowIfNull(options);
        foreach (NotificationEndpoint endpoint in options.Endpoints) Check(endpoint);
        List<string> names = [.. options.Endpoints.Select(endpoint => endpoint.Name)];
        if (names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"notifications: two endpoints have the name {twice.Key}");
        return new(options, await EventQueue.OpenAsync(driver, options.Folder, names, options.QueueLimitBytes, cancel).ConfigureAwait(false), logger);
    }

    /// <inheritdoc/>
    public async ValueTask HearAsync(RegistryEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        if (!options.Endpoints.Any(endpoint => endpoint.Wants(happened.Action, happened.MediaType))) return;
        try
        {
            await queue.AddAsync(new(happened.Action, happened.MediaType, EventEnvelope.Write(happened, options.IncludesReferences, options.Source, instance))).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            logger.EventNotQueued(happened.Action.Name, happened.Repository, e);
        }
    }

    /// <summary>Tells the endpoints until it is stopped.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(senders.Select(sender => sender.RunAsync(stop)));

    /// <summary>Closes the queue; what waits in it is there at the next start.</summary>
    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return queue.DisposeAsync();
    }

    private static void Check(NotificationEndpoint endpoint)
    {
        if (endpoint.Name.Length is 0 or > 100 || endpoint.Name[0] == '.' || !endpoint.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"notifications: the name of an endpoint, '{endpoint.Name}', is not made of letters, digits, '-', '_' and dots");
        if (!endpoint.Url.IsAbsoluteUri || endpoint.Url.Scheme is not ("http" or "https"))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"notifications: endpoint {endpoint.Name}: its address is neither http nor https");
    }
}
