using System.Text;

namespace Keelson.Distribution.Tests;

/// <summary>A tar that never ends: entries of one length follow each other for ever. Nothing of them is held here.</summary>
/// <param name="first">What comes before: whole blocks.</param>
/// <param name="name">Name of the entries; <c>#</c> becomes their number.</param>
/// <param name="type">Type of the entries.</param>
/// <param name="bytes">Length of each; whole blocks.</param>
internal sealed class EndlessTar(byte[] first, string name, char type, long bytes) : ReadOnlyStream
{
    private byte[] pending = first;
    private long left, count;

    /// <summary>How much was asked for.</summary>
    public long BytesRead { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (pending.Length == 0 && left == 0) (pending, left) = (Header(), bytes);
        int read = (int)Math.Min(buffer.Length, pending.Length > 0 ? pending.Length : left);
        if (pending.Length > 0)
        {
            pending.AsSpan(0, read).CopyTo(buffer.Span);
            pending = pending[read..];
        }
        else
        {
            buffer.Span[..read].Fill((byte)' ');
            left -= read;
        }
        BytesRead += read;
        return new(read);
    }

    private byte[] Header()
    {
        byte[] block = new byte[512];
        Put(0, name.Replace("#", (++count).ToString(), StringComparison.Ordinal));
        foreach (int at in (int[])[100, 108, 116]) Put(at, "0000644");
        Put(124, Convert.ToString(bytes, 8).PadLeft(11, '0'));
        Put(136, "00000000000");
        block[156] = (byte)type;
        Put(257, "ustar\u000000");
        Put(148, "        ");
        Put(148, Convert.ToString(block.Sum(b => b), 8).PadLeft(6, '0') + "\0 ");
        return block;

        void Put(int at, string text) => Encoding.ASCII.GetBytes(text).CopyTo(block, at);
    }
}
