using System.Diagnostics;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Interop.Tests;

/// <summary>A program that serves in a private host until it is stopped; its output goes to <c>/run/log/NAME</c> there.</summary>
public sealed class Daemon
{
    private readonly PrivateHost host;
    private readonly Process entry;
    private readonly string name;

    private Daemon(PrivateHost host, string name, Process entry)
    {
        this.host = host;
        this.name = name;
        this.entry = entry;
    }

    /// <summary>Its process ID as this process sees it.</summary>
    public int Pid { get; private set; }

    /// <summary>Starts it and waits until <paramref name="probe"/> ends with 0.</summary>
    public static async Task<Daemon> StartAsync(PrivateHost host, string name, string[] command, string[] probe)
    {
        Directory.CreateDirectory($"{host.Root}/run/log");
        Process entry = host.Start(new HostCommand(["sh", "-c", $"exec \"$@\" >> /run/log/{name} 2>&1", name, .. command]));
        Daemon daemon = new(host, name, entry);
        await Eventually.HoldsAsync($"{name} answers", async () =>
        {
            if (entry.HasExited) throw new InvalidOperationException($"{name} ended with {entry.ExitCode}: {await daemon.LogAsync()}");
            return (await host.RunAsync(probe)).ExitCode == 0;
        });
        daemon.Pid = PrivateHost.CommandOf(entry);
        return daemon;
    }

    /// <summary>What it has written to its log.</summary>
    public async Task<string> LogAsync() => await File.ReadAllTextAsync($"{host.Root}/run/log/{name}");

    /// <summary>Sends it a signal and waits until it has ended.</summary>
    public async Task EndAsync(int signal = Signals.SIGTERM)
    {
        Processes.TryKill(Pid, signal).ThrowIfError("kill", name);
        await entry.WaitForExitAsync();
        entry.Dispose();
    }
}
