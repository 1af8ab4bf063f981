namespace Keelson.Bench.Trust;

/// <summary>A server of signed collections side by side with notary-server: <c>bench-trust [-n ROUNDS] [-c CASE,CASE] [--directory DIR] [--json FILE] KEELSOND</c>.</summary>
internal static class Program
{
    private const int DefaultRounds = 5;

    private static int Main(string[] arguments) => BenchProgram.Run("bench-trust", output => Run(arguments, output));

    private static int Run(string[] arguments, StandardOutput output)
    {
        BenchArguments options = BenchArguments.Read(arguments, DefaultRounds);
        if (options.Programs is not [var ours])
        {
            output.WriteLine("usage: bench-trust [-n ROUNDS] [-c CASE,CASE] [--directory DIR] [--json FILE] KEELSOND");
            return 2;
        }
        string folder = options.MakeFolder("bench-trust");
        try
        {
            Spawner spawner = new(folder + "/log");
            Results results = new();
            using NotaryServers servers = new(folder, spawner, ours);
            Cases cases = new(servers, spawner, results, options.Rounds);
            IReadOnlyList<(string Key, string Value)> machine = Machine.Describe([("notary-server", "/usr/bin/notary-server"), ("keelson", ours)]);
            foreach ((string key, string value) in machine) output.WriteLine($"{key,-16}{value}");
            foreach ((string name, string title, Action<string> run) in cases.All)
            {
                if (!options.Wants(name)) continue;
                run(name);
                Report.Print(output, results, name, title, [.. NotaryServers.Names]);
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
