namespace Keelson.Shim.Loop;

/// <summary>Brings what follows an await back to the loop's thread, the only one there is.</summary>
internal sealed class LoopContext(EventLoop loop) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => loop.Post(d, state);

    public override void Send(SendOrPostCallback d, object? state) => d(state);
}
