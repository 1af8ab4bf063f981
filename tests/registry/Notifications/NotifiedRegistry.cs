using Keelson.Registry.Notifications;
using Keelson.Registry.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Registry.Tests.Notifications;

/// <summary>A registry of ours that tells others what happens.</summary>
internal sealed class NotifiedRegistry : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    private NotifiedRegistry(KeelsonRegistry registry, Notifier notifier)
    {
        (Registry, Notifier) = (registry, notifier);
        Client = registry.Client();
        running = notifier.RunAsync(stop.Token);
    }

    public KeelsonRegistry Registry { get; }

    public Notifier Notifier { get; }

    public HttpClient Client { get; }

    public static async Task<NotifiedRegistry> StartAsync(NotificationOptions options, IStorageDriver? driver = null, ILogger? log = null)
    {
        driver ??= new MemoryDriver();
        Notifier notifier = await Notifier.OpenAsync(driver, options, log ?? NullLogger.Instance);
        return new(await KeelsonRegistry.StartAsync(driver, new RegistryOptions { AllowsDelete = true, Observers = [notifier] }), notifier);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        Client.Dispose();
        await Notifier.DisposeAsync();
        await Registry.DisposeAsync();
        stop.Dispose();
    }
}
