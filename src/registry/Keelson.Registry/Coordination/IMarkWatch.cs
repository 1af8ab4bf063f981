namespace Keelson.Registry.Coordination;

/// <summary>Hears of marks from a moment on until it is disposed.</summary>
public interface IMarkWatch : IAsyncDisposable
{
    /// <summary>Whether a name has been marked since. Who holds the name gets an answer that stays right while it is held.</summary>
    ValueTask<bool> HasSeenAsync(string name, CancellationToken cancel);
}
