using Keelson.Registry.Garbage;
using Keelson.Registry.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Registry.Tests.Crash;

/// <summary>A registry that serves a folder and collects garbage all the time, until it is killed.</summary>
internal static class ServeChild
{
    /// <summary>Longer than any push of the test takes, and short enough that garbage is collected between two kills.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(string folder)
    {
        await using KeelsonRegistry registry = await KeelsonRegistry.StartAsync(new FilesystemDriver(folder), new RegistryOptions { AllowsDelete = true, Store = new() { Lease = Lease } });
        HousekeepingOptions often = new() { GarbageInterval = TimeSpan.FromMilliseconds(20), Garbage = new GarbageOptions { RemovesUntagged = true } };
        Console.WriteLine(registry.Name);
        await new Housekeeping(registry.Server, often, NullLogger.Instance).RunAsync(CancellationToken.None);
        return 0;
    }
}
