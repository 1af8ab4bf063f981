using System.Globalization;

namespace Keelson.Bench.Image;

/// <summary>Images side by side with containerd: <c>bench-image [-n ROUNDS] [-c CASE,CASE] [--directory DIR] [--json FILE] KEELSOND KEELSON</c>.</summary>
internal static class Program
{
    private const int DefaultRounds = 5;

    private static async Task<int> Main(string[] arguments)
    {
        int rounds = DefaultRounds;
        string? json = null, only = null, ours = null, client = null;
        string directory = "/dev/shm";
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "-n") rounds = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
            else if (arguments[i] == "-c") only = arguments[++i];
            else if (arguments[i] == "--directory") directory = arguments[++i];
            else if (arguments[i] == "--json") json = Path.GetFullPath(arguments[++i]);
            else if (ours is null) ours = Path.GetFullPath(arguments[i]);
            else client = Path.GetFullPath(arguments[i]);
        }
        if (ours is null || client is null)
        {
            Console.Error.WriteLine("usage: bench-image [-n ROUNDS] [-c import,pull] [--directory DIR] [--json FILE] KEELSOND KEELSON");
            return 2;
        }
        string folder = Directory.CreateDirectory(string.Create(CultureInfo.InvariantCulture, $"{directory}/bench-image-{Environment.ProcessId}")).FullName;
        try
        {
            Spawner spawner = new(folder + "/log");
            Results results = new();
            using Services services = new(folder, spawner, ours, client);
            Cases cases = new(services, spawner, results, rounds);
            IReadOnlyList<(string Key, string Value)> machine = Machine.Describe(services.Contenders.Select(name => (name, name is "containerd" ? "containerd" : name == "docker" ? "dockerd" : ours)));
            foreach ((string key, string value) in machine) Console.WriteLine($"{key,-16}{value}");
            foreach ((string name, string title, Func<Task> run) in cases.All)
            {
                if (only is not null && !only.Split(',').Contains(name)) continue;
                await run();
                Report.Print(Console.Out, results, name, title, [.. services.Contenders]);
            }
            Console.WriteLine($"\nload at the end {Machine.Load}");
            if (json is not null) Report.WriteJson(json, results, machine);
            return results.Failures.Count > 0 ? 1 : 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
