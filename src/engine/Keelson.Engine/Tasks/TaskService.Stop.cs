using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Engine.Tasks;

/// <summary>The end of all tasks before the machine goes down.</summary>
internal sealed partial class TaskService
{
    /// <summary>How long an end may take after SIGKILL. A process that waits in the kernel takes longer.</summary>
    internal static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);

    /// <summary>Ends what runs: first processes hear SIGTERM, and after a while all processes SIGKILL. The restart monitor starts nothing any more. Who does not end is told of.</summary>
    /// <param name="except">A namespace whose tasks somebody else ends.</param>
    /// <param name="patience">How long they may take by themselves.</param>
    public async Task StopAllAsync(string except, TimeSpan patience)
    {
        await monitoring.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(table.All().Where(entry => entry.IsListed && entry.Space != except && entry.Summary.Status is not (TaskStatus.Stopped or TaskStatus.Unknown)).Select(entry => StopAsync(entry, patience))).ConfigureAwait(false);
    }

    private async Task StopAsync(TaskEntry entry, TimeSpan patience)
    {
        try
        {
            Task<ExitResponse> ended = WaitAsync(entry.Space, entry.Id, "", stop.Token);
            await SignalAsync(entry, Signals.SIGTERM, all: false).ConfigureAwait(false);
            // What is frozen hears no signal.
            if (entry.Summary.Status is TaskStatus.Paused or TaskStatus.Pausing) await ResumeAsync(entry.Space, entry.Id, stop.Token).ConfigureAwait(false);
            try
            {
                await ended.WaitAsync(patience, options.Time, stop.Token).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                await SignalAsync(entry, Signals.SIGKILL, all: true).ConfigureAwait(false);
                await ended.WaitAsync(KillLimit, options.Time, stop.Token).ConfigureAwait(false);
            }
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Somebody deleted it meanwhile.
        }
        catch (Exception e) when (e is KeelsonException or TimeoutException)
        {
            options.Failed($"stop task {entry.Id} of {entry.Space}", e);
        }
    }

    private async Task SignalAsync(TaskEntry entry, int signal, bool all)
    {
        try
        {
            await KillAsync(entry.Space, entry.Id, signal, "", all, stop.Token).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It has just ended; the wait says so at once.
        }
    }
}
