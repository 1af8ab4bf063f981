using System.Globalization;

namespace Keelson.Bench.Engine;

/// <summary>Engines side by side: <c>bench-engine [-n ROUNDS] [-c CASE,CASE] [-o CONTENDER,CONTENDER] [--json FILE] [--check] FOLDER</c>; the folder has our programs.</summary>
internal static class Program
{
    private const int DefaultRounds = 20;

    private static int Main(string[] arguments) => BenchProgram.Run("bench-engine", output => Run(arguments, output));

    private static int Run(string[] arguments, StandardOutput output)
    {
        int rounds = DefaultRounds;
        string? json = null, only = null, ours = null;
        string[] wanted = [];
        bool check = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "-n") rounds = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
            else if (arguments[i] == "-c") only = arguments[++i];
            else if (arguments[i] == "-o") wanted = arguments[++i].Split(',');
            else if (arguments[i] == "--json") json = Path.GetFullPath(arguments[++i]);
            else if (arguments[i] == "--check") check = true;
            else ours = Path.GetFullPath(arguments[i]);
        }
        if (ours is null)
        {
            output.WriteLine("usage: bench-engine [-n ROUNDS] [-c CASE,CASE...] [-o CONTENDER,CONTENDER...] [--json FILE] [--check] FOLDER");
            return 2;
        }

        using EngineSandbox sandbox = new();
        Spawner spawner = new(EngineSandbox.Folder + "/log");
        if (spawner.Run(new Command(["/sbin/ip", "link", "set", "lo", "up"])).Failures != 0) throw new InvalidOperationException("ip link set lo up: " + spawner.TakeOutput());
        Engines engines = new(sandbox, spawner, ours, wanted);
        Results results = new();
        Cases cases = new(sandbox, spawner, engines, results, rounds);
        IReadOnlyList<(string Key, string Value)> machine = Machine.Describe(engines.Contenders.Select(contender => (contender.Name, string.Join(' ', contender.Client))));
        foreach ((string key, string value) in machine) output.WriteLine($"{key,-16}{value}");
        engines.Start();
        string[] chosen = only?.Split(',') ?? [.. cases.All.Select(c => c.Name)];
        foreach ((string name, string title, Action run) in cases.All.Where(c => chosen.Contains(c.Name)))
        {
            run();
            Report.Print(output, results, name, title, [.. engines.Contenders.Select(contender => contender.Name), .. engines.Daemons.Select(daemon => daemon.Name)]);
        }
        output.WriteLine($"\nload at the end {Machine.Load}");
        int missed = Target.Print(output, Targets.Keelson, results, "keelson") + Target.Print(output, Targets.Keelsond, results, "keelsond");
        if (json is not null) Report.WriteJson(json, results, machine);
        foreach (Daemon daemon in engines.Daemons) daemon.Stop();
        return check && missed + results.Failures.Count > 0 ? 1 : 0;
    }
}
