using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;

namespace Keelson.Engine.Containers;

/// <summary>The streams of one process while it runs: fifos below the state directory.</summary>
internal sealed class ContainerRun : IDisposable
{
    /// <summary>How long output is waited for after the end of a process: others may hold it that nothing ends.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(3);

    private readonly StreamHub hub;
    private readonly string prefix;
    private readonly List<OutputReader> readers = [];
    private readonly CancellationTokenSource ended = new();

    /// <summary>Opens the streams; makes the fifos that are not there.</summary>
    /// <param name="poller">Waits for them.</param>
    /// <param name="hub">Takes what comes.</param>
    /// <param name="prefix">Path and beginning of the fifos' names.</param>
    /// <param name="hasInput">Whether there is an input.</param>
    /// <param name="endInput">Tells the shim that the input has ended.</param>
    public ContainerRun(StreamPoller poller, StreamHub hub, string prefix, bool hasInput, Func<Task> endInput)
    {
        this.hub = hub;
        this.prefix = prefix;
        bool isTerminal = hub.IsTerminal;
        Paths = new(hasInput ? Make("stdin") : "", Make("stdout"), isTerminal ? "" : Make("stderr"), isTerminal);
        try
        {
            // The input first: the output may end at once.
            InputWriter? input = hasInput ? new(poller, Paths.Stdin) : null;
            Input = input;
            readers.Add(new(poller, Paths.Stdout, StandardStream.Output, hub.Take));
            if (!isTerminal) readers.Add(new(poller, Paths.Stderr, StandardStream.Error, hub.Take));
            hub.Begin([.. readers], endInput);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Cancelled when the process has ended and its streams are closed.</summary>
    public CancellationToken Ended => ended.Token;

    /// <summary>Where the streams are.</summary>
    public StdioPaths Paths { get; }

    /// <summary>The input; <see langword="null"/> for none.</summary>
    public InputWriter? Input { get; }

    /// <summary>The process is made: what is written from now on is its own. Before that the runtime may write why it could not make it, which is an error of the call and no output.</summary>
    public void OpenOutput()
    {
        foreach (OutputReader reader in readers) reader.Begin();
    }

    /// <summary>The process runs and has its input open: clients may write to it, and end it. Before that an end would be lost, and what was written with it.</summary>
    public void OpenInput()
    {
        if (Input is not null) hub.OpenInput(Input);
    }

    /// <summary>Waits until everything that the ended process wrote was read.</summary>
    public async Task DrainAsync(TimeProvider time)
    {
        Task all = Task.WhenAll(readers.Select(reader => reader.Ended));
        if (!all.IsCompleted)
        {
            // After a restart of the daemon nobody tells that the writers are gone.
            foreach (OutputReader reader in readers) reader.Drain();
            try
            {
                await all.WaitAsync(DrainLimit, time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                foreach (OutputReader reader in readers) reader.Drain();
            }
        }
    }

    /// <summary>Closes the streams and removes the fifos.</summary>
    public void Dispose()
    {
        ended.Cancel();
        Input?.Dispose();
        foreach (OutputReader reader in readers) reader.Dispose();
        foreach (string name in (ReadOnlySpan<string>)["stdin", "stdout", "stderr"]) _ = Files.TryUnlink(prefix + name);
    }

    private string Make(string name)
    {
        string path = prefix + name;
        Errno errno = Files.TryMakeNode(path, FileStatus.S_IFIFO | 0b110_000_000);
        if (errno != Errno.EEXIST) errno.ThrowIfError("make fifo", path);
        return path;
    }
}
