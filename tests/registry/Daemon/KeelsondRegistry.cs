using System.Text.RegularExpressions;
using Keelson.Linux.Sys;

namespace Keelson.Registry.Tests.Daemon;

/// <summary>The program <c>keelsond registry serve</c> with a configuration, as it is published.</summary>
internal sealed partial class KeelsondRegistry : IDisposable
{
    private readonly ChildProcess process;

    /// <summary>Starts it.</summary>
    /// <param name="folder">A directory of the test's, for its store and files.</param>
    /// <param name="config">The configuration; the store is in the directory.</param>
    /// <param name="environment">Variables; it listens on the loopback interface unless they say otherwise.</param>
    public KeelsondRegistry(string folder, string config, params IEnumerable<KeyValuePair<string, string>> environment)
    {
        string file = folder + "/registry.toml";
        File.WriteAllText(file, config);
        Dictionary<string, string> variables = new(environment)
        {
            ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/share/dotnet", ["REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"] = folder + "/store", ["REGISTRY_STORAGE_DELETE_ENABLED"] = "true", ["REGISTRY_LOG_LEVEL"] = "debug",
        };
        variables.TryAdd("REGISTRY_HTTP_ADDR", "127.0.0.1:0");
        process = ChildProcess.Start([Repository.PublishedDaemon, "registry", "serve", "--config", file], new CommandOptions { Environment = variables });
        bool hasDebug = config.Contains("[http.debug]", StringComparison.Ordinal);
        Condition.Await("the registry to serve", () => process.HasEnded || Serves().IsMatch(process.Stderr) && (!hasDebug || Metrics().IsMatch(process.Stderr)), TimeSpan.FromMinutes(1));
        if (Serves().Match(process.Stderr) is not { Success: true } match) throw new InvalidOperationException("the registry did not start: " + process.Stderr);
        Name = match.Groups[1].Value;
        if (hasDebug) Debug = Metrics().Match(process.Stderr).Groups[1].Value;
    }

    /// <summary>Host and port, or the path of its socket.</summary>
    public string Name { get; }

    /// <summary>Host and port of metrics and health.</summary>
    public string? Debug { get; }

    /// <summary>What it has logged.</summary>
    public string Log => process.Stderr;

    public bool HasEnded => process.HasEnded;

    /// <summary>Asks it to stop.</summary>
    public void Stop() => process.Signal(Signals.SIGTERM);

    /// <summary>Ends it in the midst of whatever it does.</summary>
    public void Kill()
    {
        process.Signal(Signals.SIGKILL);
        process.WaitForEnd();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public int WaitForEnd() => process.WaitForEnd().ExitCode;

    public void Dispose() => process.Dispose();

    [GeneratedRegex("registry serves ([^ \"]+) ")]
    private static partial Regex Serves();

    [GeneratedRegex(@"metrics are at ([0-9.:]+)")]
    private static partial Regex Metrics();
}
