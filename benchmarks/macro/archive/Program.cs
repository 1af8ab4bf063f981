using System.Diagnostics;
using System.Globalization;
using Keelson.Archive;
using Keelson.Bench.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;

// Unpacks a layer of 43,000 entries, in turns with GNU tar, on the file system of a directory. See docs/archive.md.
//   bench-archive [--rounds N] [--directory DIR]
int rounds = int.Parse(Option("--rounds") ?? "5", CultureInfo.InvariantCulture);
string directory = Path.Combine(Option("--directory") ?? Path.GetTempPath(), "keelson-bench-archive-" + Environment.ProcessId);
Directory.CreateDirectory(directory);
try
{
    string layer = Path.Combine(directory, "layer.tar.gz");
    (int entries, long bytes) = SyntheticLayer.Write(layer);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{entries} entries, {bytes >> 20} MiB, {new FileInfo(layer).Length >> 20} MiB compressed, in {directory}"));
    List<double> ours = [], theirs = [];
    for (int round = 0; round < rounds; round++)
    {
        theirs.Add(Measure("tar", target => Run("tar", "--numeric-owner", "-xpzf", layer, "-C", target)));
        ours.Add(Measure("keelson", target =>
        {
            using FileStream stream = new(layer, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            using FdHandle root = Files.Open(target, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            LayerExtractor.Extract(stream, root);
        }));
    }
    ours.Sort();
    theirs.Sort();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"median of {rounds}: tar {theirs[rounds / 2]:F2} s, keelson {ours[rounds / 2]:F2} s, ratio {ours[rounds / 2] / theirs[rounds / 2]:F2}; best: {theirs[0]:F2} s, {ours[0]:F2} s, ratio {ours[0] / theirs[0]:F2}"));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory of this program {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB"));
    return ours[rounds / 2] < theirs[rounds / 2] ? 0 : 1;
}
finally
{
    Directory.Delete(directory, recursive: true);
}

double Measure(string name, Action<string> extract)
{
    string target = Path.Combine(directory, "tree");
    Directory.CreateDirectory(target);
    long start = Stopwatch.GetTimestamp();
    extract(target);
    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-8} {seconds:F2} s"));
    Run("rm", "-rf", target);
    return seconds;
}

string? Option(string name) => Array.IndexOf(args, name) is var at && at >= 0 && at + 1 < args.Length ? args[at + 1] : null;

static void Run(string program, params string[] arguments)
{
    using Process process = Process.Start(program, arguments);
    process.WaitForExit();
    if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
}

