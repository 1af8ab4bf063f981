using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Bridge;
using Keelson.Network.Control;
using Keelson.Network.Macvlan;
using Keelson.Network.Sandboxes;

namespace Keelson.Cni.Plugin;

/// <summary>The networks of one directory, for as long as a call takes.</summary>
internal sealed class PluginEngine : IAsyncDisposable
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";
    private const int BootIdLimitBytes = 64;

    private readonly FdHandle turn;
    private readonly BridgeDriver bridges;

    private PluginEngine(FdHandle turn, BridgeDriver bridges, NetworkController controller) => (this.turn, this.bridges, Controller) = (turn, bridges, controller);

    /// <summary>The networks.</summary>
    public NetworkController Controller { get; }

    /// <summary>Waits for its turn, reads what there is, and takes away what calls that were killed have left.</summary>
    /// <param name="config">Which directory and table.</param>
    /// <param name="warn">Hears of what could not be taken away.</param>
    /// <param name="step">Called between the steps of changes.</param>
    /// <exception cref="KeelsonException">It cannot be read, or the kernel refuses.</exception>
    public static async Task<PluginEngine> OpenAsync(PluginConfig config, Action<string> warn, Action<string>? step)
    {
        FdHandle turn = await PluginLock.TakeAsync(config.StateDirectory).ConfigureAwait(false);
        BridgeDriver? bridges = null;
        NetworkController? controller = null;
        try
        {
            NetworkPlace host = new();
            bridges = new(host, config.Table) { Step = step };
            string run = config.StateDirectory + "/run", boot = run + "/boot", now = Read(BootIdFile), then = Read(boot);
            // A machine that started anew has no container of before.
            bool isSame = now == then || now.Length == 0;
            controller = await NetworkController.OpenAsync(
                new() { StateDirectory = config.StateDirectory, RunDirectory = run, Host = host, IsResident = false, Step = step },
                [bridges, new MacvlanDriver(host, "macvlan"), new MacvlanDriver(host, "ipvlan")],
                bridges.Routes, _ => isSame, warn).ConfigureAwait(false);
            if (!isSame) Files.WriteFile(boot, System.Text.Encoding.ASCII.GetBytes(now), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, 0b110_000_000);
            return new(turn, bridges, controller);
        }
        catch
        {
            if (controller is not null) await controller.DisposeAsync().ConfigureAwait(false);
            bridges?.Dispose();
            turn.Dispose();
            throw;
        }
    }

    /// <summary>Lets the next call have its turn.</summary>
    public async ValueTask DisposeAsync()
    {
        await Controller.DisposeAsync().ConfigureAwait(false);
        bridges.Dispose();
        turn.Dispose();
    }

    private static string Read(string path) => Files.TryReadAll(path, out ReadOnlyMemory<byte> text, BootIdLimitBytes) == Errno.None ? System.Text.Encoding.ASCII.GetString(text.Span).Trim() : "";
}
