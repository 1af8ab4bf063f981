namespace Keelson.Bench.Registry;

/// <summary>A registry side by side with distribution: <c>bench-registry [-n ROUNDS] [-c CASE,CASE] [--directory DIR] [--json FILE] KEELSOND</c>.</summary>
internal static class Program
{
    private const int DefaultRounds = 5;

    private static int Main(string[] arguments) => BenchProgram.Run("bench-registry", output => Run(arguments, output));

    private static int Run(string[] arguments, StandardOutput output)
    {
        BenchArguments options = BenchArguments.Read(arguments, DefaultRounds);
        if (options.Programs is not [var ours])
        {
            output.WriteLine("usage: bench-registry [-n ROUNDS] [-c CASE,CASE] [--directory DIR] [--json FILE] KEELSOND");
            return 2;
        }
        string folder = options.MakeFolder("bench-registry");
        try
        {
            Spawner spawner = new(folder + "/log");
            Results results = new();
            using Registries registries = new(folder, spawner, ours);
            Cases cases = new(registries, spawner, results, options.Rounds);
            IReadOnlyList<(string Key, string Value)> machine = Machine.Describe([("registry", "/usr/bin/docker-registry"), ("keelson", ours)]);
            foreach ((string key, string value) in machine) output.WriteLine($"{key,-16}{value}");
            foreach ((string name, string title, Action<string> run) in cases.All)
            {
                if (!options.Wants(name)) continue;
                run(name);
                Report.Print(output, results, name, title, [.. Registries.Names]);
            }
            output.WriteLine($"\nload at the end {Machine.Load}");
            if (options.Json is not null) Report.WriteJson(options.Json, results, machine);
            return results.Failures.Count > 0 ? 1 : 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
