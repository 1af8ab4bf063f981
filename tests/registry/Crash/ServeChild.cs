using Keelson.Registry.Coordination;
using Keelson.Registry.Garbage;
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

    public static async Task<int> RunAsync(string folder) => await RunAsync(new FilesystemDriver(folder), null);

    /// <summary>One of several on a bucket of <see cref="S3Server"/>.</summary>
    /// <param name="bucket">Address of the server.</param>
    /// <param name="connection">The database that they share; empty: it is alone.</param>
    public static async Task<int> RunAsync(string bucket, string connection)
    {
        await using PostgresCoordinator? coordinator = connection.Length == 0 ? null : await PostgresCoordinator.OpenAsync(new() { Connection = connection, Settling = Settling });
        return await RunAsync(new S3Driver(S3Server.OptionsOf(new(bucket), TimeProvider.System)), coordinator);
    }

    private static async Task<int> RunAsync(IStorageDriver driver, IRegistryCoordinator? coordinator)
    {
        await using KeelsonRegistry registry = await KeelsonRegistry.StartAsync(driver, new RegistryOptions { AllowsDelete = true, AllowsRedirect = false, Store = new() { Lease = Lease } }, coordinator);
        HousekeepingOptions often = new() { GarbageInterval = coordinator is null ? TimeSpan.FromMilliseconds(20) : TimeSpan.FromMilliseconds(200), Garbage = new GarbageOptions { RemovesUntagged = true } };
        Console.WriteLine(registry.Name);
        await new Housekeeping(registry.Server, often, NullLogger.Instance).RunAsync(CancellationToken.None);
        return 0;
    }
}
