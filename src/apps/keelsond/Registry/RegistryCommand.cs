using System.Globalization;
using Keelson.Daemon.Logging;
using Keelson.Oci;
using Keelson.Registry;
using Keelson.Registry.Garbage;
using Keelson.Registry.Postgres;
using Keelson.Registry.Storage;
using Keelson.Registry.Upstream;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Registry;

/// <summary><c>keelsond registry</c>.</summary>
internal static class RegistryCommand
{
    private const string Usage = """
        usage: keelsond registry serve [--config FILE]
               keelsond registry garbage-collect [--config FILE] [--dry-run] [--delete-untagged]
               keelsond registry scrub [--config FILE] [--repair] [--json]
               keelsond registry sync [--config FILE]

        An image registry as the OCI distribution specification has it. It needs no root.

          serve            serves until it is asked to stop
          garbage-collect  removes what nothing refers to; the registry of the store must not be running (it collects by itself while it runs)
          scrub            reads all content and looks whether it is what it should be; exits with 1 when something is wrong. The registry must not be running (it can
                           do this by itself while it runs)
          sync             copies once what the configuration says from other registries; the registry of the store must not be running (it does so by itself while it runs)

          --config FILE      configuration (/etc/keelson/registry.toml if it is there); keelson-registry.toml(5) has its keys
          --dry-run          tells what would be removed
          --delete-untagged  manifests too that no tag leads to
          --repair           puts damaged content aside and removes links that lead nowhere
          --json             the report as JSON

        """;

    /// <summary>Runs a command.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        string? file = null;
        List<string> rest = [];
        bool repairs = false, isJson = false;
        GarbageOptions garbage = new() { MinAge = TimeSpan.Zero };
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument is "-h" or "--help") return Program.Print(Usage);
            if (argument is "--config" or "-c") file = ++i < arguments.Length ? arguments[i] : throw Wrong("option --config: its value is missing");
            else if (argument.StartsWith("--config=", StringComparison.Ordinal)) file = argument["--config=".Length..];
            else if (argument is "--dry-run" or "-d") garbage = garbage with { IsTrial = true };
            else if (argument is "--delete-untagged" or "-m") garbage = garbage with { RemovesUntagged = true };
            else if (argument == "--repair") repairs = true;
            else if (argument == "--json") isJson = true;
            else if (argument.StartsWith('-')) throw Wrong($"'{argument}' is no option; see keelsond registry --help");
            else rest.Add(argument);
        }
        // distribution has the file behind the command.
        if (rest.Count == 2 && file is null) file = rest[1];
        RegistryConfig config = RegistryConfig.Load(file, Environment.GetEnvironmentVariables());
        switch (rest)
        {
            case ["serve", ..]:
                await StopSignals.RunAsync(stop => RegistryDaemon.RunAsync(config, stop)).ConfigureAwait(false);
                return 0;
            case ["garbage-collect", ..]:
                await CollectAsync(config, garbage).ConfigureAwait(false);
                return 0;
            case ["scrub", ..]:
                return await ScrubCommand.RunAsync(config, repairs, isJson).ConfigureAwait(false);
            case ["sync", ..]:
                bool isWhole = false;
                await StopSignals.RunAsync(async stop => isWhole = await SynchroniseAsync(config, stop).ConfigureAwait(false)).ConfigureAwait(false);
                return isWhole ? 0 : 1;
            default:
                throw Wrong("a command is missing; see keelsond registry --help");
        }
    }

    private static async Task CollectAsync(RegistryConfig config, GarbageOptions garbage)
    {
        using DaemonLog log = RegistryDaemon.Log(config);
        using LoggerFactory loggers = log.CreateFactory();
        await using IStorageDriver driver = config.OpenStore();
        await using PostgresCoordinator? coordinator = await config.OpenCoordinationAsync(serves: false).ConfigureAwait(false);
        // The registry that is read-only for its clients meanwhile is this command's to change.
        using RegistryServer registry = new(driver, config.Registry with { IsReadOnly = false }, loggers.CreateLogger("registry"), coordinator);
        // Others may serve the store meanwhile when it is shared: what clients were told of stays.
        GarbageReport report = await registry.CollectGarbageAsync(coordinator is null ? garbage : garbage with { MinAge = null }).ConfigureAwait(false);
        foreach ((string repository, Digest digest) in report.Manifests) Program.Print($"manifest {repository}@{digest}\n");
        foreach (Digest digest in report.Blobs) Program.Print($"blob {digest}\n");
        Program.Print(string.Create(CultureInfo.InvariantCulture, $"{report.Manifests.Count} manifests, {report.Blobs.Count} blobs, {report.Bytes} bytes{(garbage.IsTrial ? " would go" : " removed")}\n"));
    }

    /// <summary>Does one round of each rule.</summary>
    /// <returns>Whether all of it is copied.</returns>
    private static async Task<bool> SynchroniseAsync(RegistryConfig config, CancellationToken stop)
    {
        using DaemonLog log = RegistryDaemon.Log(config);
        using LoggerFactory loggers = log.CreateFactory();
        await using IStorageDriver driver = config.OpenStore();
        await using PostgresCoordinator? coordinator = await config.OpenCoordinationAsync(serves: false, stop).ConfigureAwait(false);
        using RegistryServer registry = new(driver, config.Registry, loggers.CreateLogger("registry"), coordinator);
        bool isWhole = true;
        foreach (SyncRule rule in config.Upstreams.Rules)
        {
            SyncReport report;
            try
            {
                report = await registry.SynchroniseAsync(rule, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return false;
            }
            isWhole &= report.Failed == 0;
            Program.Print(string.Create(CultureInfo.InvariantCulture, $"{rule.Upstream}: {report.Copied} tags copied, {report.Unchanged} unchanged, {report.Kept} our own, {report.Failed} failed; {report.Blobs} blobs, {report.Bytes} bytes\n"));
        }
        return isWhole;
    }

    private static KeelsonException Wrong(string message) => new(ErrorKind.InvalidArgument, "command line: " + message);
}
