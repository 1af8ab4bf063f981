using System.Text;

namespace Keelson.Bench;

/// <summary>Standard output or error by write(2) alone. Console would watch for signals of children on a thread of its own.</summary>
internal sealed class StandardOutput(int fd) : TextWriter
{
    private readonly StringBuilder line = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        line.Append(value);
        if (value == '\n') Flush();
    }

    public override void Flush()
    {
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(line.ToString());
        line.Clear();
        while (!bytes.IsEmpty)
        {
            nint written = Native.Write(fd, bytes);
            Native.Check(written, "write");
            bytes = bytes[(int)written..];
        }
    }
}
