using System.Text;
using Keelson.Registry;
using Keelson.Registry.Postgres;
using Keelson.Registry.Scrub;
using Keelson.Registry.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Daemon.Registry;

/// <summary><c>keelsond registry scrub</c>.</summary>
internal static class ScrubCommand
{
    /// <summary>Looks a store through that no registry serves, unless it is shared, and prints what is wrong.</summary>
    /// <returns>The exit code: 1 when something was wrong, be it repaired or not.</returns>
    public static async Task<int> RunAsync(RegistryConfig config, bool repairs, bool isJson)
    {
        await using IStorageDriver driver = config.OpenStore();
        await using PostgresCoordinator? coordinator = await config.OpenCoordinationAsync(serves: false).ConfigureAwait(false);
        using OpenAuth auth = config.Auth.Open(NullLogger.Instance);
        using RegistryServer registry = new(driver, config.Registry with { IsImmutable = auth.IsImmutable }, NullLogger.Instance, coordinator);
        ScrubReport report = await registry.ScrubAsync(new ScrubOptions { Repairs = repairs }).ConfigureAwait(false);
        Program.Print(isJson ? Encoding.UTF8.GetString(report.ToJson()) + "\n" : report.ToText());
        return report.FaultCount > 0 ? 1 : 0;
    }
}
