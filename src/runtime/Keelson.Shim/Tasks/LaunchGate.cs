using Keelson.Shim.Loop;

namespace Keelson.Shim.Tasks;

/// <summary>
/// Lets a few runtime programs at a time through: two hundred at once take no less time in all, and this thread, which must answer meanwhile, would wait its turn among them.
/// </summary>
/// <remarks>One that takes long, for a dead mount or a hook, gives up its place after a second: nobody else waits for it.</remarks>
internal sealed class LaunchGate(EventLoop loop, int width)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Queue<TaskCompletionSource> waiting = new();
    private int free = width;

    /// <summary>Waits for a place. Disposing of the answer gives it up.</summary>
    public async Task<IDisposable> EnterAsync()
    {
        if (free > 0)
        {
            free--;
        }
        else
        {
            TaskCompletionSource turn = new();
            waiting.Enqueue(turn);
            await turn.Task;
        }
        return new Place(this, loop);
    }

    private void Leave()
    {
        if (waiting.TryDequeue(out TaskCompletionSource? next)) next.SetResult();
        else free++;
    }

    private sealed class Place : IDisposable
    {
        private readonly LoopTimer patience;
        private LaunchGate? gate;

        public Place(LaunchGate gate, EventLoop loop)
        {
            this.gate = gate;
            patience = loop.After(Patience, Dispose);
        }

        public void Dispose()
        {
            patience.Dispose();
            LaunchGate? left = gate;
            gate = null;
            left?.Leave();
        }
    }
}
