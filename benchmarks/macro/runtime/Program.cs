using System.Globalization;

namespace Keelson.Bench.Runtime;

/// <summary>OCI runtimes side by side: <c>bench-runtime [-n ROUNDS] [-c CASE,CASE] [--json FILE] [--check] [NAME=PROGRAM...]</c>.</summary>
internal static class Program
{
    private const int DefaultRounds = 40;

    private static int Main(string[] arguments) => BenchProgram.Run("bench-runtime", output => Run(arguments, output));

    private static int Run(string[] arguments, StandardOutput output)
    {
        int rounds = DefaultRounds;
        string? json = null, only = null;
        bool check = false;
        List<(string Name, string Program)> given = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "-n") rounds = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
            else if (arguments[i] == "-c") only = arguments[++i];
            else if (arguments[i] == "--json") json = Path.GetFullPath(arguments[++i]);
            else if (arguments[i] == "--check") check = true;
            else if (arguments[i].Split('=', 2) is [var name, var program]) given.Add((name, program));
            else
            {
                output.WriteLine("usage: bench-runtime [-n ROUNDS] [-c CASE,CASE...] [--json FILE] [--check] [NAME=PROGRAM...]");
                return 2;
            }
        }

        using Sandbox sandbox = new();
        Spawner spawner = new(sandbox.Folder + "/log");
        Contender[] contenders = [.. given.Select(entry => new Contender(entry.Name, entry.Program, $"{sandbox.Folder}/root-{entry.Name}"))];
        Results results = new();
        Cases cases = new(sandbox, spawner, new Bundles(sandbox, spawner, contenders[0].Program), contenders, results, rounds);
        string[] wanted = only?.Split(',') ?? [.. cases.All.Select(c => c.Name)];
        if (wanted.Except(cases.All.Select(c => c.Name)).ToArray() is [var unknown, ..])
        {
            output.WriteLine($"no case {unknown}; there are {string.Join(", ", cases.All.Select(c => c.Name))}");
            return 2;
        }
        IReadOnlyList<(string Key, string Value)> machine = Machine.Describe(contenders.Select(contender => (contender.Name, contender.Program)));
        foreach ((string key, string value) in machine) output.WriteLine($"{key,-12}{value}");
        foreach ((string name, string title, Action run) in cases.All.Where(c => wanted.Contains(c.Name)))
        {
            run();
            Report.Print(output, results, name, title, [.. contenders.Select(contender => contender.Name)]);
        }
        output.WriteLine($"\nload at the end {Machine.Load}");
        int missed = contenders[^1].Name is "runc" or "crun" ? 0 : Target.Print(output, Targets.All, results, contenders[^1].Name);
        if (json is not null) Report.WriteJson(json, results, machine);
        return check && missed + results.Failures.Count > 0 ? 1 : 0;
    }
}
