namespace Keelson.Engine.Containers;

/// <summary>Where the output of a container is kept.</summary>
/// <remarks>A failure to keep a line loses the line and is told by <see cref="Failure"/>; it never holds the container.</remarks>
internal interface IContainerLog : IDisposable
{
    /// <summary>How it is kept.</summary>
    LogPolicy Policy { get; }

    /// <summary>Why lines were lost last; <see langword="null"/> when none were.</summary>
    string? Failure { get; }

    /// <summary>Whether more may come at once.</summary>
    bool HasRoom { get; }

    /// <summary>Makes sure before a container starts that its output can be kept.</summary>
    /// <exception cref="KeelsonException">Unavailable: what keeps it is not there.</exception>
    void Check();

    /// <summary>Takes bytes that a process wrote.</summary>
    void Append(StandardStream stream, ReadOnlySpan<byte> bytes);

    /// <summary>Keeps what has no line feed. More may come later.</summary>
    void Finish();

    /// <summary>What was written without a line feed so far, and is not kept yet.</summary>
    byte[] Pending(StandardStream stream);

    /// <summary>Reads the log.</summary>
    /// <param name="options">Which part.</param>
    /// <param name="ended">Ends when nothing more will come; with <see cref="LogOptions.Follow"/> it is waited for.</param>
    /// <param name="cancel">Ends it.</param>
    IAsyncEnumerable<LogLine> ReadAsync(LogOptions options, Task ended, CancellationToken cancel = default);

    /// <summary>What is in the log at the moment of the call, and nothing that is written later.</summary>
    IAsyncEnumerator<LogLine> Snapshot(LogOptions options);
}
