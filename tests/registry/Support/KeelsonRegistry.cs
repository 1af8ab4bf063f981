using Keelson.Registry.Coordination;
using Keelson.Registry.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Registry.Tests;

/// <summary>A registry of ours in this process, on the loopback interface.</summary>
internal sealed class KeelsonRegistry : IAsyncDisposable
{
    private readonly RegistryServer registry;
    private LoopbackServer? server;

    private KeelsonRegistry(IStorageDriver driver, RegistryOptions options, ILogger logger, IRegistryCoordinator? coordinator)
    {
        Driver = driver;
        registry = new(driver, options, logger, coordinator);
    }

    /// <summary>Host and port.</summary>
    public string Name => server!.Name;

    public IStorageDriver Driver { get; }

    public RegistryServer Server => registry;

    /// <summary>A client of it, which the caller disposes of.</summary>
    public HttpClient Client() => new() { BaseAddress = new("http://" + Name) };

    /// <summary>Starts one; what is not said is a store in memory from which may be deleted.</summary>
    public static async Task<KeelsonRegistry> StartAsync(IStorageDriver? driver = null, RegistryOptions? options = null, ILogger? logger = null, IRegistryCoordinator? coordinator = null)
    {
        KeelsonRegistry made = new(driver ?? new MemoryDriver(), options ?? new RegistryOptions { AllowsDelete = true }, logger ?? NullLogger.Instance, coordinator);
        made.server = await LoopbackServer.StartAsync(made.HandleAsync);
        return made;
    }

    private Task HandleAsync(HttpContext http) => RegistryServer.IsBrowse(http.Request) ? registry.HandleBrowseAsync(http) : registry.HandleAsync(http);

    public async ValueTask DisposeAsync()
    {
        await server!.DisposeAsync();
        registry.Dispose();
        await Driver.DisposeAsync();
    }
}
