namespace Keelson.Engine.Containers;

/// <summary>A process that was added to a container.</summary>
internal sealed class ExecProcess(string id, ManagedContainer container, ExecOptions options, DateTimeOffset createdAt)
{
    private int begun;

    public string Id => id;

    public ManagedContainer Container => container;

    public ExecOptions Options => options;

    public DateTimeOffset CreatedAt => createdAt;

    public StreamHub Hub { get; } = new(options.Tty, closesOnce: true, log: null);

    public TaskCompletionSource<int> Exit { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Pid { get; set; }

    /// <summary>Claims the one start that there is.</summary>
    public bool TryBegin() => Interlocked.Exchange(ref begun, 1) == 0;

    public bool IsBegun => Volatile.Read(ref begun) != 0;

    public ExecInfo Info => new(id, container.Id, options, Pid != 0 && !Exit.Task.IsCompleted, Exit.Task.IsCompletedSuccessfully ? ExitCode : null, Pid);

    private int ExitCode { get; set; }

    /// <summary>Notes its end.</summary>
    public void End(int code)
    {
        ExitCode = code;
        Exit.TrySetResult(code);
    }
}
