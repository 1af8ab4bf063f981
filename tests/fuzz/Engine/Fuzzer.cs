using System.Diagnostics;
using System.Globalization;

namespace Keelson.Fuzz;

/// <summary>Feeds inputs to one target until the budget is used up, and keeps those that show a fault.</summary>
internal sealed class Fuzzer : IDisposable
{
    /// <summary>After so many different faults the rest can wait.</summary>
    private const int MostFaults = 10;

    private readonly IFuzzTarget target;
    private readonly Corpus corpus;
    private readonly Mutator mutator;
    private readonly Runner runner;
    private readonly HashSet<string> faults = new(StringComparer.Ordinal);
    private readonly string crashes;

    public Fuzzer(IFuzzTarget target, Corpus corpus, ulong seed, int maxBytes)
    {
        this.target = target;
        this.corpus = corpus;
        string folder = Path.Combine(Corpus.Root, "artifacts/fuzz");
        crashes = Path.Combine(folder, "crashes");
        Directory.CreateDirectory(crashes);
        runner = new(target, Path.Combine(folder, target.Name + ".current"), maxBytes);
        mutator = new(corpus, new Generator(seed), maxBytes);
    }

    /// <summary>Runs the inputs of the corpus as they are, then changed ones.</summary>
    /// <param name="time">How long; <see langword="null"/> for a number of inputs.</param>
    /// <param name="iterations">How many changed inputs.</param>
    /// <returns>How many different faults were found.</returns>
    public int Run(TimeSpan? time, long iterations)
    {
        Stopwatch clock = Stopwatch.StartNew();
        foreach (byte[] input in corpus.Inputs) Try(input);
        long count = 0;
        while (faults.Count < MostFaults && (time is { } most ? clock.Elapsed < most : count < iterations))
        {
            Try(mutator.Next());
            count++;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{target.Name}: {corpus.Inputs.Length} inputs of the corpus, {count} changed ones in {clock.Elapsed.TotalSeconds:F1} s, {faults.Count} faults"));
        return faults.Count;
    }

    public void Dispose() => runner.Dispose();

    private void Try(byte[] input)
    {
        if (runner.Fault(input) is not { } fault || !faults.Add(fault.Kind)) return;
        byte[] small = new Reducer(candidate => runner.Fault(candidate)?.Kind == fault.Kind).Reduce(input);
        string file = Path.Combine(crashes, $"{target.Name}-{Hash(fault.Kind):x16}");
        File.WriteAllBytes(file, small);
        Console.WriteLine($"{target.Name}: {fault.Text}\n  {small.Length} bytes in {file}\n  {Printable(small)}");
    }

    // FNV-1a: the same fault gets the same file in every run.
    private static ulong Hash(string text)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (char c in text) hash = (hash ^ c) * 0x100000001b3;
        return hash;
    }

    private static string Printable(byte[] input) =>
        string.Concat(input.Take(400).Select(b => b is >= 0x20 and < 0x7f and not (byte)'\\' ? ((char)b).ToString() : $"\\x{b:x2}")) + (input.Length > 400 ? "…" : "");
}
