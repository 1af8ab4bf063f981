using System.Globalization;
using Keelson.Fuzz;

const string Usage = """
    usage: Keelson.Fuzz [--seconds N | --iterations N] [--seed N] [--max-bytes N] [target...]
           Keelson.Fuzz target --input FILE...
           Keelson.Fuzz --list
    Feeds changed inputs of the corpus to the targets (all of them when none is named).
      --seconds N     time for all targets together, shared equally (10)
      --iterations N  inputs for each target, instead of a time
      --seed N        where the random numbers start (1); the same seed and corpus give the same inputs
      --max-bytes N   longest input (65536)
      --input FILE    runs this input alone, to look at a fault
    The exit code is 1 when a fault was found; its input is in artifacts/fuzz/crashes.
    """;

List<IFuzzTarget> targets = [];
List<string> inputs = [];
double seconds = 10;
long iterations = 0;
ulong seed = 1;
int maxBytes = 65536;
try
{
    for (int i = 0; i < args.Length; i++)
    {
        switch (args[i])
        {
            case "--seconds": seconds = double.Parse(args[++i], CultureInfo.InvariantCulture); break;
            case "--iterations": iterations = long.Parse(args[++i], CultureInfo.InvariantCulture); break;
            case "--seed": seed = ulong.Parse(args[++i], CultureInfo.InvariantCulture); break;
            case "--max-bytes": maxBytes = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
            case "--input": inputs.AddRange(args[(i + 1)..]); i = args.Length; break;
            case "--list":
                foreach (IFuzzTarget target in TargetList.All) Console.WriteLine(target.Name);
                return 0;
            default: targets.Add(TargetList.All.Single(target => target.Name == args[i])); break;
        }
    }
    if (inputs.Count > 0 && targets.Count != 1) throw new FormatException("--input needs one target");
}
catch (Exception e) when (e is FormatException or OverflowException or IndexOutOfRangeException or InvalidOperationException)
{
    Console.Error.WriteLine(Usage);
    return 2;
}
if (inputs.Count > 0)
{
    foreach (string input in inputs) targets[0].Run(File.ReadAllBytes(input));
    Console.WriteLine($"{targets[0].Name}: {inputs.Count} inputs without a fault");
    return 0;
}
if (targets.Count == 0) targets.AddRange(TargetList.All);

int faults = 0;
foreach (IFuzzTarget target in targets)
{
    TimeSpan? time = iterations > 0 ? null : TimeSpan.FromSeconds(seconds / targets.Count);
    using Fuzzer fuzzer = new(target, Corpus.Load(target.Name), seed, maxBytes);
    faults += fuzzer.Run(time, iterations);
}
return faults == 0 ? 0 : 1;
