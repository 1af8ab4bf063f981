namespace Keelson.Bench.Image;

/// <summary>Images side by side with containerd: <c>bench-image [-n ROUNDS] [-c CASE,CASE] [--directory DIR] [--json FILE] KEELSOND KEELSON</c>.</summary>
internal static class Program
{
    private const int DefaultRounds = 5;

    private static async Task<int> Main(string[] arguments)
    {
        BenchArguments options = BenchArguments.Read(arguments, DefaultRounds);
        if (options.Programs is not [var ours, var client])
        {
            Console.Error.WriteLine("usage: bench-image [-n ROUNDS] [-c import,pull] [--directory DIR] [--json FILE] KEELSOND KEELSON");
            return 2;
        }
        string folder = options.MakeFolder("bench-image");
        try
        {
            Spawner spawner = new(folder + "/log");
            Results results = new();
            using Services services = new(folder, spawner, ours, client);
            Cases cases = new(services, spawner, results, options.Rounds);
            IReadOnlyList<(string Key, string Value)> machine = Machine.Describe(services.Contenders.Select(name => (name, name is "containerd" ? "containerd" : name == "docker" ? "dockerd" : ours)));
            foreach ((string key, string value) in machine) Console.WriteLine($"{key,-16}{value}");
            foreach ((string name, string title, Func<Task> run) in cases.All)
            {
                if (!options.Wants(name)) continue;
                await run();
                Report.Print(Console.Out, results, name, title, [.. services.Contenders]);
            }
            Console.WriteLine($"\nload at the end {Machine.Load}");
            if (options.Json is not null) Report.WriteJson(options.Json, results, machine);
            return results.Failures.Count > 0 ? 1 : 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
