namespace Keelson.Distribution;

/// <summary>Reads content while it is written: waits at its end for more, and ends when the write has been committed.</summary>
internal sealed class FollowingStream(IBlobWriter writer) : ReadOnlyStream
{
    private readonly Lock gate = new();
    private readonly Pulse more = new();
    private long available, position;
    private bool isComplete, isStarted;
    private Exception? failure;

    public override long Position { get => position; set => throw new NotSupportedException(); }

    /// <summary>More has been written: bytes from the beginning.</summary>
    public void Advance(long bytes) => Signal(() => available = bytes);

    /// <summary>The content is whole and right.</summary>
    public void Complete() => Signal(() => isComplete = true);

    /// <summary>The content will never be right; what was read of it is void.</summary>
    public void Fail(Exception error) => Signal(() => failure ??= error);

    /// <summary>The writer wants to start again; false when something has been read that would then not be so.</summary>
    public bool TryRestart()
    {
        lock (gate)
        {
            if (isStarted) return false;
            available = 0;
            return true;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            long readable;
            Task wait;
            bool isEnd;
            lock (gate)
            {
                if (failure is not null) throw new KeelsonException(ErrorKind.DataLoss, "read a layer: its download failed", failure);
                (readable, wait, isEnd) = (available - position, more.Next, isComplete);
                isStarted |= readable > 0;
            }
            if (readable > 0)
            {
                int read = await writer.ReadAsync(position, buffer[..(int)Math.Min(buffer.Length, readable)], cancellationToken).ConfigureAwait(false);
                position += read;
                if (read > 0) return read;
                throw new KeelsonException(ErrorKind.DataLoss, "read a layer: what was written is gone");
            }
            if (isEnd) return 0;
            await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        return 0;
    }

    private void Signal(Action change)
    {
        lock (gate) change();
        more.Beat();
    }
}
