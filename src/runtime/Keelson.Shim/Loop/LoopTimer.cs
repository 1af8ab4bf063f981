namespace Keelson.Shim.Loop;

/// <summary>Something that the loop does later; disposing of it takes it back.</summary>
internal sealed class LoopTimer(Action action) : IDisposable
{
    private Action? action = action;

    public void Fire()
    {
        Action? now = action;
        action = null;
        now?.Invoke();
    }

    public bool IsCancelled => action is null;

    public void Dispose() => action = null;
}
