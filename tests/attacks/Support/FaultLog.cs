using System.Globalization;
using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>What a command did under a <see cref="Fault"/>.</summary>
internal sealed class FaultLog
{
    private readonly Dictionary<char, int> calls = new() { ['r'] = 0, ['c'] = 0 };

    /// <summary>Reads the file that the launcher wrote.</summary>
    public FaultLog(string file)
    {
        foreach (string line in File.ReadLines(file))
        {
            string[] words = line.Split(' ', 3);
            if (words[0] != "hit") calls[words[0][0]]++;
            else (Hit, Path) = ((Syscall)int.Parse(words[1], CultureInfo.InvariantCulture), words[2]);
        }
    }

    /// <summary>The call that went wrong; <see langword="null"/> when the command ended before.</summary>
    public Syscall? Hit { get; }

    /// <summary>The path that the call was about; empty for a call without one.</summary>
    public string Path { get; } = "";

    /// <summary>How many calls were counted.</summary>
    public int Calls(char who) => calls[who];
}
