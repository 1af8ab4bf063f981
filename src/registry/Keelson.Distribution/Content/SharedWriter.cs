namespace Keelson.Distribution;

/// <summary>A writer that is closed when the last of its users has let go of it.</summary>
internal sealed class SharedWriter(IBlobWriter writer)
{
    private int users = 1;

    public IBlobWriter Writer => writer;

    public void Retain() => Interlocked.Increment(ref users);

    public ValueTask ReleaseAsync() => Interlocked.Decrement(ref users) == 0 ? writer.DisposeAsync() : ValueTask.CompletedTask;
}
