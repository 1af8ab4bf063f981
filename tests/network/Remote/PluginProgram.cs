namespace Keelson.Network.Tests.Remote;

/// <summary>A plug-in in Python that runs in a place of a test, with its socket where plug-ins are looked for.</summary>
internal sealed class PluginProgram : IDisposable
{
    private readonly string log;
    private readonly ChildProcess process;

    /// <param name="place">The file of the network namespace that it runs in.</param>
    /// <param name="script">Which one of this folder.</param>
    /// <param name="socket">Where it listens.</param>
    /// <param name="log">What it is told.</param>
    /// <param name="arguments">What it is told at the start.</param>
    public PluginProgram(string place, string script, string socket, string log, params IReadOnlyList<string> arguments)
    {
        this.log = log;
        Directory.CreateDirectory(Path.GetDirectoryName(socket)!);
        File.Delete(socket);
        process = ChildProcess.Start(["nsenter", "--net=" + place, "python3", "-B", Path.Combine(Repository.Root, "tests/network/Remote", script), socket, log, .. arguments]);
        Condition.Await("the plug-in", () => process.HasEnded || File.Exists(socket));
        Assert.False(process.HasEnded, process.Stderr);
    }

    /// <summary>What it was told, with messages.</summary>
    public string[] Lines => File.Exists(log) ? File.ReadAllLines(log) : [];

    /// <summary>What it was told.</summary>
    public string Told => string.Join(' ', Lines.Select(line => line.Split(' ')[0]));

    public void Dispose()
    {
        if (!process.HasEnded) process.Signal(Linux.Sys.Signals.SIGKILL);
        process.WaitForEnd();
        process.Dispose();
    }
}
