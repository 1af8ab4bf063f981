using System.Globalization;

namespace Keelson.Bench;

/// <summary>What the command lines of benchmarks have in common: <c>[-n ROUNDS] [-c CASE,CASE] [--directory DIR] [--json FILE] PROGRAM…</c>.</summary>
internal sealed class BenchArguments
{
    private string[]? only;

    /// <summary>How often each contender has its turn.</summary>
    public int Rounds { get; private set; }

    /// <summary>Where the figures go as JSON; <see langword="null"/>: nowhere.</summary>
    public string? Json { get; private set; }

    /// <summary>Where data go.</summary>
    public string Directory { get; private set; } = "/dev/shm";

    /// <summary>The programs, or the folder of them, that are measured.</summary>
    public List<string> Programs { get; } = [];

    /// <summary>Reads a command line.</summary>
    /// <exception cref="FormatException">The rounds are no number.</exception>
    public static BenchArguments Read(string[] arguments, int rounds)
    {
        BenchArguments read = new() { Rounds = rounds };
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "-n": read.Rounds = int.Parse(arguments[++i], CultureInfo.InvariantCulture); break;
                case "-c": read.only = arguments[++i].Split(','); break;
                case "--directory": read.Directory = arguments[++i]; break;
                case "--json": read.Json = Path.GetFullPath(arguments[++i]); break;
                default: read.Programs.Add(Path.GetFullPath(arguments[i])); break;
            }
        }
        return read;
    }

    /// <summary>Whether a case is wanted.</summary>
    public bool Wants(string name) => only is null || only.Contains(name);

    /// <summary>Makes a directory of the benchmark's own.</summary>
    public string MakeFolder(string name) => System.IO.Directory.CreateDirectory(string.Create(CultureInfo.InvariantCulture, $"{Directory}/{name}-{Environment.ProcessId}")).FullName;
}
