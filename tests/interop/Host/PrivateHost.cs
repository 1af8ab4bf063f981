using System.Diagnostics;
using System.Globalization;
using Keelson.Linux.Sys;

namespace Keelson.Interop.Tests;

/// <summary>Which cgroup mounts a private host shows.</summary>
public enum CgroupLayout
{
    /// <summary>What the machine has.</summary>
    AsTheMachine,
    /// <summary>The v1 hierarchies alone: crun 1.8 and podman 4.3 refuse a v2 tree that offers a controller beside them.</summary>
    V1Only,
}

/// <summary>
/// Mount, network, PID, cgroup, UTS and IPC namespaces for daemons: <c>/run</c> is a tmpfs, the network has a loopback alone, and the
/// cgroup mounts show a tree of their own. Nothing that runs in it outlives it, nor this process.
/// </summary>
public sealed class PrivateHost : IAsyncDisposable
{
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(120);
    private static int count;

    private readonly Process keeper;
    private readonly string init;

    private PrivateHost(string cgroup, Process keeper, string init)
    {
        Cgroup = cgroup;
        this.keeper = keeper;
        this.init = init;
    }

    /// <summary>The name of the host's cgroup under every hierarchy of the machine.</summary>
    public string Cgroup { get; }

    /// <summary>The host's root as this process sees it: <c>/proc/PID/root</c>.</summary>
    public string Root => $"/proc/{init}/root";

    /// <summary>Environment of every command in the host; what this process has is not passed on.</summary>
    public Dictionary<string, string> Environment { get; } = new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = "/run/home",
        ["LANG"] = "C.UTF-8",
        ["TERM"] = "xterm",
    };

    /// <summary>Makes the namespaces and cgroups.</summary>
    public static async Task<PrivateHost> StartAsync(CgroupLayout layout = CgroupLayout.AsTheMachine)
    {
        string cgroup = string.Create(CultureInfo.InvariantCulture, $"{TestDirectory.Name}/host-{Interlocked.Increment(ref count)}");
        ProcessStartInfo info = new("/bin/sh", [Script("start.sh"), cgroup, layout == CgroupLayout.V1Only ? "v1" : "machine"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process keeper = Process.Start(info)!;
        if (await keeper.StandardOutput.ReadLineAsync() != "ready")
            throw new InvalidOperationException($"private host: {await keeper.StandardError.ReadToEndAsync()}");
        string init = (await File.ReadAllTextAsync($"/proc/{keeper.Id}/task/{keeper.Id}/children")).Trim();
        return new PrivateHost(cgroup, keeper, init);
    }

    /// <summary>Runs a command to its end and returns what it printed.</summary>
    public Task<CommandResult> RunAsync(params ReadOnlySpan<string> command) => RunAsync(new HostCommand([.. command]));

    /// <inheritdoc cref="RunAsync(ReadOnlySpan{string})"/>
    public async Task<CommandResult> RunAsync(HostCommand command)
    {
        using Process process = Start(command);
        using CancellationTokenSource limit = new(command.Limit ?? CommandLimit);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token), error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.StandardInput.WriteAsync(command.Input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return new CommandResult(string.Join(' ', command.Arguments), process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            throw new TimeoutException($"not finished within {command.Limit ?? CommandLimit}: {string.Join(' ', command.Arguments)}");
        }
    }

    /// <summary>Starts a command whose input and output the caller reads and writes.</summary>
    public Process Start(HostCommand command)
    {
        ProcessStartInfo info = new("/bin/sh", [Script("enter.sh"), init, Cgroup, .. command.Arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment.Clear();
        foreach ((string key, string value) in Environment) info.Environment[key] = value;
        foreach ((string key, string value) in command.Environment) info.Environment[key] = value;
        return Process.Start(info)!;
    }

    /// <summary>The process ID, as this process sees it, of the command that <paramref name="entry"/> brought into the host; 0 when it has ended or is not there yet.</summary>
    public static int CommandOf(Process entry) =>
        int.TryParse(File.ReadAllText($"/proc/{entry.Id}/task/{entry.Id}/children"), CultureInfo.InvariantCulture, out int pid) ? pid : 0;

    /// <summary>Kills a command, for <paramref name="entry"/> to reap: a dead process that nobody reaps would keep the host from ending.</summary>
    public static void Kill(Process entry)
    {
        if (entry.HasExited) return;
        if (CommandOf(entry) is > 0 and int command) _ = Processes.TryKill(command, Signals.SIGKILL);
        else entry.Kill();
    }

    /// <summary>Writes a file that the host alone sees; <paramref name="path"/> is below <c>/run</c>.</summary>
    public async Task WriteAsync(string path, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Root + path)!);
        await File.WriteAllTextAsync(Root + path, text);
        File.SetUnixFileMode(Root + path, mode);
    }

    /// <summary>Ends everything in the host and removes its cgroups.</summary>
    public async ValueTask DisposeAsync()
    {
        keeper.StandardInput.Close();
        await keeper.WaitForExitAsync();
        keeper.Dispose();
        await Eventually.HoldsAsync($"cgroups {Cgroup} can be removed", () => RemoveCgroups(Cgroup));
    }

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Host", name);

    // Processes of the host may still be on their way out.
    private static bool RemoveCgroups(string name)
    {
        foreach (string tree in CgroupTree.Hierarchies) CgroupTree.Remove($"{tree}/{name}");
        return CgroupTree.Hierarchies.All(tree => !Directory.Exists($"{tree}/{name}"));
    }
}
