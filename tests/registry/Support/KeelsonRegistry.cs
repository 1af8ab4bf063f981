using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Keelson.Hosting;
using Keelson.Registry.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Registry.Tests;

/// <summary>A registry of ours in this process, on the loopback interface.</summary>
internal sealed class KeelsonRegistry : IAsyncDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SocketServer server = new(NullLoggerFactory.Instance);
    private readonly RegistryServer registry;

    private KeelsonRegistry(IStorageDriver driver, RegistryOptions options, ILogger logger)
    {
        Driver = driver;
        registry = new(driver, options, logger);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(512);
        server.Listen((int)socket.Handle, HttpProtocols.Http1, registry.HandleAsync);
        Name = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}");
    }

    /// <summary>Host and port.</summary>
    public string Name { get; }

    public IStorageDriver Driver { get; }

    public RegistryServer Server => registry;

    /// <summary>A client of it, which the caller disposes of.</summary>
    public HttpClient Client() => new() { BaseAddress = new("http://" + Name) };

    /// <summary>Starts one; what is not said is a store in memory from which may be deleted.</summary>
    public static async Task<KeelsonRegistry> StartAsync(IStorageDriver? driver = null, RegistryOptions? options = null, ILogger? logger = null)
    {
        KeelsonRegistry made = new(driver ?? new MemoryDriver(), options ?? new RegistryOptions { AllowsDelete = true }, logger ?? NullLogger.Instance);
        await made.server.StartAsync();
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        await server.StopAsync(TimeSpan.FromSeconds(5));
        await server.DisposeAsync();
        registry.Dispose();
        await Driver.DisposeAsync();
        socket.Dispose();
    }
}
