namespace Keelson.Connectivity.Tests;

/// <summary>An engine on a host of its own, which a machine beside it has routes to; <c>Host/lay.sh</c> draws it.</summary>
public abstract class EngineUnderTest : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private bool isDisposed;
    private const int LongSeconds = 10, ShortSeconds = 1;

    /// <summary>Its name in the table of results.</summary>
    public abstract string Name { get; }

    /// <summary>Why the tests cannot run here; <see langword="null"/> when they can.</summary>
    public abstract string? Missing { get; }

    /// <summary>The host that the engine and its containers are on.</summary>
    public PrivateHost Host { get; private set; } = null!;

    /// <summary>The socket of the Docker Engine API, on that host.</summary>
    protected abstract string Socket { get; }

    /// <summary>Starts the engine.</summary>
    protected abstract Task StartAsync();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Missing is not null) return;
        Host = await PrivateHost.StartAsync();
        try
        {
            string scripts = Path.Combine(AppContext.BaseDirectory, "Host");
            (await Host.RunAsync("sh", scripts + "/lay.sh", scripts)).Succeeds();
            Host.Environment["PATH"] = "/run/bin:" + Host.Environment["PATH"];
            Host.Environment["DOCKER_HOST"] = "unix://" + Socket;
            await BusyboxArchive.WriteAsync(Host.Root + "/run/busybox.tar");
            await StartAsync();
            (await ShellAsync("docker load -i /run/busybox.tar")).Succeeds();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Asked for twice when the start has failed.
        if (Host is { } host && !isDisposed) await host.DisposeAsync();
        isDisposed = true;
        GC.SuppressFinalize(this);
    }

    /// <summary>Lays a topology, looks at its cases, and takes it away.</summary>
    /// <returns>What is not as it should be.</returns>
    internal async Task<List<string>> RunAsync(Topology topology)
    {
        List<string> faults = [];
        try
        {
            foreach (Step step in topology.Steps)
            {
                if (!step.IsCase)
                {
                    (await ShellAsync("set -e\n" + step.Probe)).Succeeds();
                    continue;
                }
                string expected = step.ExpectedOf(Name == "dockerd"), got = await ProbeAsync(step, expected);
                ResultTable.Add(topology.Name, step, Name, got);
                if (got != expected) faults.Add($"{step.Name}: from {step.From}: {step.Probe}: expected '{expected}', got '{got}'");
            }
        }
        finally
        {
            (await ShellAsync("""
                pkill -x socat
                docker ps -aq | xargs -r docker rm -f
                docker network ls -q --filter type=custom | xargs -r docker network rm
                """)).Succeeds();
        }
        return faults;
    }

    /// <summary>Asks until the answer is the expected one: servers take a moment to start. That nobody answers is taken for an answer after a short time.</summary>
    private async Task<string> ProbeAsync(Step step, string expected)
    {
        string[] words = step.Probe.Split(' ', 2);
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            int limit = expected == "no" ? ShortSeconds : LongSeconds;
            string got = (await Host.RunAsync("sh", "/run/bin/probe", $"{limit}", step.From, words[0], words[1])).Succeeds().Text;
            if (got == expected || TimeProvider.System.GetElapsedTime(start) > Patience) return got;
            await Host.RunAsync("sleep", "0.2");
        }
    }

    private Task<CommandResult> ShellAsync(string lines) => Host.RunAsync("sh", "-c", "serve() { sh /run/bin/serve \"$@\"; }\nserve_udp() { sh /run/bin/serve-udp \"$@\"; }\n" + lines);
}
