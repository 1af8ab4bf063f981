using System.Globalization;

namespace Keelson.Bench.Network;

/// <summary>Networks of containers side by side: <c>bench-network [-n ROUNDS] [-c CASE,CASE] [--dockerd] [--json FILE] [--check]</c>, in namespaces of its own.</summary>
internal static class Program
{
    private const int DefaultRounds = 10;

    private static int Main(string[] arguments)
    {
        if (arguments is [NameService.Command, var folder]) return NameService.Run(folder);
        return BenchProgram.Run("bench-network", output => Run(arguments, output));
    }

    private static int Run(string[] arguments, StandardOutput output)
    {
        int rounds = DefaultRounds;
        string? json = null, only = null;
        bool check = false, hasDockerd = false, isUnderstood = true;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "-n") rounds = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
            else if (arguments[i] == "-c") only = arguments[++i];
            else if (arguments[i] == "--json") json = Path.GetFullPath(arguments[++i]);
            else if (arguments[i] == "--check") check = true;
            else if (arguments[i] == "--dockerd") hasDockerd = true;
            else isUnderstood = false;
        }
        // Whatever is made here ends with the namespaces, of which this is the first process.
        if (!isUnderstood || Environment.ProcessId != 1)
        {
            output.WriteLine("usage: unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private bench-network [-n ROUNDS] [-c CASE,CASE] [--dockerd] [--json FILE] [--check]");
            return 2;
        }
        Ground ground = new();
        Results results = new();
        (string Name, string Title, Action<string> Run)[] cases =
        [
            ("sandbox", "a container joins a bridge, with a published port and its name, and leaves it; keelson makes the namespace too", name => new SandboxCase(ground, results, rounds).Run(name)),
            ("scale", "one more container and port, beside none and beside 1,000 containers with 10,000 ports", name => new ScaleCase(ground, results, rounds).Run(name)),
            ("traffic", "iperf3 for a second, and a byte to and fro; the same bridge made by hand", name => new TrafficCase(ground, results, rounds).Run(name)),
            ("names", "questions for 100 names, 32 on their way at a time", name => new NamesCase(ground, results, rounds, hasDockerd).Run(name)),
        ];
        string[] wanted = only?.Split(',') ?? [.. cases.Select(c => c.Name)];
        if (wanted.Except(cases.Select(c => c.Name)).ToArray() is [var unknown, ..])
        {
            output.WriteLine($"no case {unknown}; there are {string.Join(", ", cases.Select(c => c.Name))}");
            return 2;
        }
        IReadOnlyList<(string Key, string Value)> machine = Machine.Describe([("netavark", SandboxCase.Netavark), ("cni", SandboxCase.Plugins), ("keelson-cni", SandboxCase.OwnPlugin)]);
        foreach ((string key, string value) in machine) output.WriteLine($"{key,-12}{value}");
        foreach ((string name, string title, Action<string> run) in cases.Where(c => wanted.Contains(c.Name)))
        {
            run(name);
            Report.Print(output, results, name, title, ["netavark", "cni", "ip", "ip empty", "ip full", "empty", "full", "hand", "dockerd", "aardvark", "dnsmasq", "keelson-cni", "keelson"]);
        }
        output.WriteLine($"\nload at the end {Machine.Load}");
        int missed = Target.Print(output, Targets.Keelson, results, "keelson") + Target.Print(output, Targets.Full, results, "full") + Target.Print(output, Targets.Plugin, results, "keelson-cni");
        if (json is not null) Report.WriteJson(json, results, machine);
        return check && missed + results.Failures.Count > 0 ? 1 : 0;
    }
}
