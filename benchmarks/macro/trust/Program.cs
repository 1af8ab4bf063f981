using System.Globalization;

namespace Keelson.Bench.Trust;

/// <summary>A server of signed collections side by side with notary-server: <c>bench-trust [-n ROUNDS] [-c CASE,CASE] [--directory DIR] [--json FILE] KEELSOND</c>.</summary>
internal static class Program
{
    private const int DefaultRounds = 5;

    private static int Main(string[] arguments) => BenchProgram.Run("bench-trust", output => Run(arguments, output));

    private static int Run(string[] arguments, StandardOutput output)
    {
        int rounds = DefaultRounds;
        string? json = null, only = null, ours = null;
        string directory = "/dev/shm";
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "-n") rounds = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
            else if (arguments[i] == "-c") only = arguments[++i];
            else if (arguments[i] == "--directory") directory = arguments[++i];
            else if (arguments[i] == "--json") json = Path.GetFullPath(arguments[++i]);
            else ours = Path.GetFullPath(arguments[i]);
        }
        if (ours is null)
        {
            output.WriteLine("usage: bench-trust [-n ROUNDS] [-c CASE,CASE] [--directory DIR] [--json FILE] KEELSOND");
            return 2;
        }
        string folder = Directory.CreateDirectory(string.Create(CultureInfo.InvariantCulture, $"{directory}/bench-trust-{Environment.ProcessId}")).FullName;
        try
        {
            Spawner spawner = new(folder + "/log");
            Results results = new();
            using NotaryServers servers = new(folder, spawner, ours);
            Cases cases = new(servers, spawner, results, rounds);
            IReadOnlyList<(string Key, string Value)> machine = Machine.Describe([("notary-server", "/usr/bin/notary-server"), ("keelson", ours)]);
            foreach ((string key, string value) in machine) output.WriteLine($"{key,-16}{value}");
            foreach ((string name, string title, Action<string> run) in cases.All)
            {
                if (only is not null && !only.Split(',').Contains(name)) continue;
                run(name);
                Report.Print(output, results, name, title, [.. NotaryServers.Names]);
            }
            output.WriteLine($"\nload at the end {Machine.Load}");
            if (json is not null) Report.WriteJson(json, results, machine);
            return results.Failures.Count > 0 ? 1 : 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
