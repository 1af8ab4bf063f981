namespace Keelson;

/// <summary>Wakes all who wait for a change. Who waits takes <see cref="Next"/>, then looks whether the change has come, and waits only when it has not.</summary>
public sealed class Pulse
{
    private TaskCompletionSource next = New();

    /// <summary>Ends with the next <see cref="Beat"/>.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    /// <summary>Says, after a change, that there was one.</summary>
    public void Beat() => Interlocked.Exchange(ref next, New()).SetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
