using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Terminal;

/// <summary>Asks at the terminal.</summary>
internal static class Prompt
{
    private const int MostBytes = 4096;

    /// <summary>Asks for a line.</summary>
    public static string Line(string question)
    {
        Output.Write(question);
        Output.Flush();
        return Read(raw: null);
    }

    /// <summary>Asks for a line that is not shown.</summary>
    public static string Hidden(string question)
    {
        Output.Write(question);
        Output.Flush();
        using RawTerminal? raw = RawTerminal.Enter();
        string line = Read(raw);
        Output.Write("\r\n");
        Output.Flush();
        return line;
    }

    private static string Read(RawTerminal? raw)
    {
        List<byte> line = [];
        Span<byte> key = stackalloc byte[1];
        while (line.Count < MostBytes && Files.TryRead(0, key, out int count) == Errno.None && count > 0 && key[0] is not ((byte)'\n' or (byte)'\r'))
        {
            if (raw is not null && key[0] is 3 or 4) { raw!.Dispose(); throw new InterruptedException(Signals.SIGINT); }
            if (raw is not null && key[0] is 8 or 127) { if (line.Count > 0) line.RemoveAt(line.Count - 1); }
            else line.Add(key[0]);
        }
        return Encoding.UTF8.GetString([.. line]);
    }
}
