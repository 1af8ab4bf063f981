namespace Keelson.Engine.Containers;

/// <summary>One of the standard streams. The numbers are those of docker's frames.</summary>
public enum StandardStream : byte
{
    /// <summary>What the process reads.</summary>
    Input = 0,
    /// <summary>What it writes; all of a terminal's.</summary>
    Output = 1,
    /// <summary>What it complains of.</summary>
    Error = 2,
}

/// <summary>What a client wants of a container's streams.</summary>
public sealed record AttachOptions
{
    /// <summary>To write its input.</summary>
    public bool Stdin { get; init; }

    /// <summary>To read its output.</summary>
    public bool Stdout { get; init; } = true;

    /// <summary>To read its errors.</summary>
    public bool Stderr { get; init; } = true;

    /// <summary>First what is in the log.</summary>
    public bool Logs { get; init; }

    /// <summary>And what comes from now on.</summary>
    public bool Stream { get; init; } = true;
}

/// <summary>Some bytes of a standard stream.</summary>
/// <param name="Stream">Which one.</param>
/// <param name="Bytes">The bytes; valid until the next read.</param>
public readonly record struct StreamChunk(StandardStream Stream, ReadOnlyMemory<byte> Bytes);

/// <summary>A client's side of the streams of one process. Disposing of it detaches; the process runs on.</summary>
public interface IAttachedStreams : IAsyncDisposable
{
    /// <summary>Whether the process has a terminal: its output is one stream then.</summary>
    bool IsTerminal { get; }

    /// <summary>The next bytes of what was asked for.</summary>
    /// <returns><see langword="null"/> at the end: the process has ended and all of its output was read.</returns>
    ValueTask<StreamChunk?> ReadAsync(CancellationToken cancel = default);

    /// <summary>Writes to the process's input.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: the input was not asked for, or is closed.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel = default);

    /// <summary>Nothing more comes from this client; the process's input ends where its settings say so.</summary>
    ValueTask CloseInputAsync(CancellationToken cancel = default);
}
