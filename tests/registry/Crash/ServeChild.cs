using Keelson.Registry.Coordination;
using Keelson.Registry.Garbage;
using Keelson.Registry.Notifications;
using Keelson.Registry.Postgres;
using Keelson.Registry.S3;
using Keelson.Registry.Storage;
using Keelson.Registry.Tests.S3;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Registry.Tests.Crash;

/// <summary>A registry that serves a folder and collects garbage all the time, until it is killed.</summary>
internal static class ServeChild
{
    /// <summary>Longer than any push of the test takes, and short enough that garbage is collected between two kills.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    /// <summary>On the loopback interface nothing that was sent arrives later; half of it is enough for a change on a busy machine.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(8);

    /// <summary>Serves.</summary>
    /// <param name="folder">The store.</param>
    /// <param name="notified">Who is told of what happens.</param>
    public static async Task<int> RunAsync(string folder, Uri? notified)
    {
        FilesystemDriver driver = new(folder);
        await using Notifier? notifier = notified is null ? null : await Notifier.OpenAsync(driver, new() { Endpoints = [new() { Name = "test", Url = notified, Timeout = Lease }] }, NullLogger.Instance);
        return await RunAsync(driver, null, notifier);
    }

    /// <summary>One of several on a bucket of <see cref="S3Server"/>.</summary>
    /// <param name="bucket">Address of the server.</param>
    /// <param name="connection">The database that they share; empty: it is alone.</param>
    public static async Task<int> RunOnBucketAsync(string bucket, string connection)
    {
        await using PostgresCoordinator? coordinator = connection.Length == 0 ? null : await PostgresCoordinator.OpenAsync(new() { Connection = connection, Settling = Settling });
        return await RunAsync(new S3Driver(S3Server.OptionsOf(new(bucket), TimeProvider.System)), coordinator, null);
    }

    private static async Task<int> RunAsync(IStorageDriver driver, IRegistryCoordinator? coordinator, Notifier? notifier)
    {
        RegistryOptions options = new() { AllowsDelete = true, AllowsRedirect = false, Store = new() { Lease = Lease }, Observers = notifier is null ? [] : [notifier] };
        await using KeelsonRegistry registry = await KeelsonRegistry.StartAsync(driver, options, coordinator: coordinator);
        HousekeepingOptions often = new() { GarbageInterval = coordinator is null ? TimeSpan.FromMilliseconds(20) : TimeSpan.FromMilliseconds(200), Garbage = new GarbageOptions { RemovesUntagged = true } };
        Console.WriteLine(registry.Name);
        await Task.WhenAll(new Housekeeping(registry.Server, often, NullLogger.Instance).RunAsync(CancellationToken.None), notifier?.RunAsync(CancellationToken.None) ?? Task.CompletedTask);
        return 0;
    }

    /// <summary>Starts it in a process of its own.</summary>
    /// <param name="folder">The store.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="notified">Who is told of what happens.</param>
    public static ChildProcess Start(string folder, out Uri address, Uri? notified = null)
    {
        ChildProcess child = ChildProcess.Start([Environment.ProcessPath!, "serve", folder, .. notified is null ? [] : (string[])[notified.ToString()]], new CommandOptions
        {
            Environment = new Dictionary<string, string> { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1", ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/share/dotnet" },
        });
        Condition.Await("the registry to listen", () => child.HasEnded || child.Stdout.Contains('\n', StringComparison.Ordinal), TimeSpan.FromMinutes(2));
        Assert.False(child.HasEnded, child.Stderr);
        address = new("http://" + child.Stdout.Trim());
        return child;
    }
}
