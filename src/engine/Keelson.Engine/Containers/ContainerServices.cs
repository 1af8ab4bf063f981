using Keelson.Engine.Images;

namespace Keelson.Engine.Containers;

/// <summary>Opens the service of containers on an engine.</summary>
public static class ContainerServices
{
    /// <summary>Opens it: knows all containers again, goes on with those that run, and puts right what a crash left.</summary>
    /// <param name="engine">The engine, started. It stays the caller's, and is closed after the service.</param>
    /// <param name="images">Its images.</param>
    /// <param name="options">How containers are kept.</param>
    /// <returns>The service; disposing of it leaves containers as they are.</returns>
    public static async Task<OpenContainers> OpenAsync(ContainerEngine engine, IImageService images, ContainerServiceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ContainerService service = new(options ?? new(), engine.Options.Root, engine.Options.State, engine.Database, engine.Tasks, engine.Snapshots, images);
        await service.OpenAsync().ConfigureAwait(false);
        return new(service);
    }
}

/// <summary>A service of containers that is open.</summary>
public sealed class OpenContainers : IAsyncDisposable
{
    private readonly ContainerService service;

    internal OpenContainers(ContainerService service) => this.service = service;

    /// <summary>The service.</summary>
    public IContainerService Service => service;

    /// <summary>Ends what runs in the daemon. Containers go on.</summary>
    public ValueTask DisposeAsync() => service.DisposeAsync();
}
