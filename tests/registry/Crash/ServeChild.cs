using Keelson.Registry.Garbage;
using Keelson.Registry.Notifications;
using Keelson.Registry.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Registry.Tests.Crash;

/// <summary>A registry that serves a folder and collects garbage all the time, until it is killed.</summary>
internal static class ServeChild
{
    /// <summary>Longer than any push of the test takes, and short enough that garbage is collected between two kills.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    /// <summary>Serves.</summary>
    /// <param name="folder">The store.</param>
    /// <param name="notified">Who is told of what happens.</param>
    public static async Task<int> RunAsync(string folder, Uri? notified)
    {
        FilesystemDriver driver = new(folder);
        await using Notifier? notifier = notified is null ? null : await Notifier.OpenAsync(driver, new() { Endpoints = [new() { Name = "test", Url = notified, Timeout = Lease }] }, NullLogger.Instance);
        await using KeelsonRegistry registry = await KeelsonRegistry.StartAsync(driver, new RegistryOptions { AllowsDelete = true, Store = new() { Lease = Lease }, Observers = notifier is null ? [] : [notifier] });
        HousekeepingOptions often = new() { GarbageInterval = TimeSpan.FromMilliseconds(20), Garbage = new GarbageOptions { RemovesUntagged = true } };
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
