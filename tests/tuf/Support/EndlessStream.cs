namespace Keelson.Tuf.Tests;

/// <summary>Spaces without end.</summary>
internal class EndlessStream : MemoryStream
{
    public int AtATime { get; init; } = int.MaxValue;

    public Action? OnRead { get; init; }

    public long Total { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        OnRead?.Invoke();
        int count = Math.Min(AtATime, buffer.Length);
        buffer.Span[..count].Fill((byte)' ');
        Total += count;
        return ValueTask.FromResult(count);
    }
}
