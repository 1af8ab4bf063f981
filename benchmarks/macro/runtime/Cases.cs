using System.Globalization;
using System.Text.Json.Nodes;

namespace Keelson.Bench.Runtime;

/// <summary>What is measured. Contenders take turns within every round, and the order rotates.</summary>
internal sealed class Cases(Sandbox sandbox, Spawner spawner, Bundles bundles, IReadOnlyList<Contender> contenders, Results results, int rounds)
{
    private const int WarmUpRounds = 2;
    private int serial;

    /// <summary>Names, what they stand for, and how they are run; in the order of the output.</summary>
    public IReadOnlyList<(string Name, string Title, Action Run)> All =>
    [
        ("floor", "what the kernel takes: one static process; the same in six new namespaces", Floor),
        ("version", "--version", () => Single("version", contender => [contender.Program, "--version"])),
        ("run", "run /bin/true, configuration of runc spec", () => RunBundle("run", bundles.Standard("run"))),
        ("full", "run /bin/true, configuration of runc spec and docker's seccomp profile", () => RunBundle("full", bundles.Standard("full", WithSeccomp))),
        ("docker", "run /bin/true, docker's configuration: seccomp, masks, limits", () => RunBundle("docker", bundles.Docker("docker"))),
        ("hostnet", "run /bin/true, configuration of runc spec, network of the host", () => RunBundle("hostnet", bundles.Standard("hostnet", WithHostNetwork))),
        ("life", "create, start, exit, delete of /bin/true", () => Life("life", kill: false)),
        ("kill", "create, start, kill KILL, exit, delete of sleep", () => Life("kill", kill: true)),
        ("exec", "exec /bin/true in a running container", () => InRunning("exec", (contender, id) => contender.Command("exec", id, "/bin/true"))),
        ("state", "state of a running container", () => InRunning("state", (contender, id) => contender.Command("state", id))),
        ("many", "200 containers started at once: run /bin/true", Many),
        ("memmin", "smallest memory.limit that starts /bin/true", SmallestMemory),
        ("mem", "memory of one run /bin/true", Memory),
        ("syscalls", "system calls of one run /bin/true, of all its processes", SystemCalls),
        ("size", "size of the program's file", Size),
    ];

    private void Single(string name, Func<Contender, string[]> commandLine)
    {
        Dictionary<Contender, Command> commands = contenders.ToDictionary(contender => contender, contender => new Command(commandLine(contender)));
        Interleave(name, contender => Timed(name, contender, () => spawner.Run(commands[contender])));
    }

    private void Floor()
    {
        string program = bundles.RootFileSystem + "/bin/true";
        (string Name, Command Command)[] floors =
        [
            ("true", new([program])),
            ("unshare", new(["/usr/bin/unshare", "--mount", "--pid", "--fork", "--net", "--uts", "--ipc", "--cgroup", program])),
        ];
        for (int round = -WarmUpRounds; round < rounds; round++)
            foreach ((string label, Command command) in floors)
                Record("floor", label, spawner.Run(command), keep: round >= 0);
    }

    private void RunBundle(string name, string bundle) =>
        Interleave(name, contender =>
        {
            string id = NextId();
            Command command = contender.Command("run", "--bundle", bundle, id);
            return Timed(name, contender, () => spawner.Run(command), contender, id);
        });

    /// <summary>The four commands that an engine gives. The exit is what its shim waits for: the container's process, adopted by this one.</summary>
    private void Life(string name, bool kill)
    {
        string bundle = bundles.Standard(name, configuration => configuration["process"]!["args"] = kill ? new JsonArray("/bin/sleep", "1000000") : new JsonArray("/bin/true"));
        string pidFile = sandbox.Folder + "/pid";
        Interleave(name, contender =>
        {
            string id = NextId();
            List<(string Step, Ending Ending)> steps = [];
            bool Step(string step, Ending ending)
            {
                steps.Add((step, ending));
                if (ending.Failures == 0) return true;
                Fail(name, contender, step);
                return false;
            }
            bool ok = Step("create", spawner.Run(contender.Command("create", "--bundle", bundle, "--pid-file", pidFile, id)));
            int pid = ok ? int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture) : 0;
            ok = ok && Step("start", spawner.Run(contender.Command("start", id)));
            if (kill) ok = ok && Step("kill", spawner.Run(contender.Command("kill", id, "KILL")));
            ok = ok && Step("exit", Spawner.WaitFor(pid)) && Step("delete", spawner.Run(contender.Command("delete", id)));
            if (!ok) CleanUp(contender, id);
            double orphans = Spawner.Reap();
            return keep =>
            {
                Record(name, contender.Name, new(steps.Sum(s => s.Ending.WallMilliseconds), steps.Sum(s => s.Ending.CpuMilliseconds) + orphans, 0), keep);
                foreach ((string step, Ending ending) in steps)
                    if (keep) results.Of(name, contender.Name, "wall of " + step, "ms").Add(ending.WallMilliseconds);
            };
        });
    }

    private void InRunning(string name, Func<Contender, string, Command> command)
    {
        Dictionary<Contender, (string Id, Command Command)> running = [];
        foreach (Contender contender in contenders)
        {
            string id = NextId();
            string bundle = bundles.Standard($"{name}-{contender.Name}", configuration => configuration["process"]!["args"] = new JsonArray("/bin/sleep", "1000000"));
            if (spawner.Run(contender.Command("create", "--bundle", bundle, id)).Failures + spawner.Run(contender.Command("start", id)).Failures != 0)
                Fail(name, contender, "the container to work in");
            running[contender] = (id, command(contender, id));
        }
        Interleave(name, contender => Timed(name, contender, () => spawner.Run(running[contender].Command)));
        foreach ((Contender contender, (string id, _)) in running) CleanUp(contender, id);
    }

    private void Many()
    {
        const int Containers = 200;
        string[] all = [.. Enumerable.Range(0, Containers).Select(i => bundles.Standard(string.Create(CultureInfo.InvariantCulture, $"many-{i}")))];
        Interleave("many", contender =>
        {
            string[] ids = [.. all.Select(_ => NextId())];
            Command[] commands = [.. all.Select((bundle, i) => contender.Command("run", "--bundle", bundle, ids[i]))];
            Ending ending = spawner.RunAtOnce(commands);
            double orphans = Spawner.Reap();
            string output = spawner.TakeOutput();
            if (ending.Failures > 0)
                foreach (string id in ids)
                    CleanUp(contender, id);
            return keep =>
            {
                Record("many", contender.Name, ending with { CpuMilliseconds = ending.CpuMilliseconds + orphans, Failures = 0 }, keep);
                if (keep) results.Of("many", contender.Name, "failed", "of 200").Add(ending.Failures);
                if (ending.Failures > 0) results.Fail("many", contender.Name, $"{ending.Failures} of {Containers}: {FirstLine(output)}");
            };
        }, warmUp: 0, limit: 5);
    }

    /// <summary>Bisects between 16 KiB, which starts nothing, and 64 MiB, in steps of 16 KiB. A limit counts when three runs of three succeed.</summary>
    private void SmallestMemory()
    {
        const int StepKib = 16, HighestSteps = 4096;
        foreach (Contender contender in contenders)
        {
            bool Starts(int steps)
            {
                string bundle = bundles.Standard("memmin",
                    configuration => configuration["linux"]!["resources"]!["memory"] = new JsonObject { ["limit"] = steps * StepKib * 1024L });
                for (int i = 0; i < 3; i++)
                {
                    string id = NextId();
                    if (spawner.Run(contender.Command("run", "--bundle", bundle, id)).Failures == 0) continue;
                    CleanUp(contender, id);
                    return false;
                }
                return true;
            }
            int fails = 1, starts = HighestSteps;
            if (!Starts(starts)) Fail("memmin", contender, "no start with 64 MiB");
            while (starts - fails > 1)
            {
                int middle = (fails + starts) / 2;
                if (Starts(middle)) starts = middle;
                else fails = middle;
            }
            _ = spawner.TakeOutput();
            results.Of("memmin", contender.Name, "limit", "KiB").Add(starts * StepKib);
        }
    }

    /// <summary>
    /// Peak resident memory of the runtime's largest process, started by GNU time, since a process inherits the peak of whoever spawns it; and
    /// the peak charge of a memory cgroup that holds the runtime and the container, with the kernel's memory and page cache.
    /// </summary>
    private void Memory()
    {
        string group = sandbox.Cgroup + "/mem", folder = Sandbox.MemoryFolder(group), report = sandbox.Folder + "/time";
        string peakFile = folder + (Machine.IsUnified ? "/memory.peak" : "/memory.max_usage_in_bytes");
        string bundle = bundles.Standard("mem", configuration => configuration["linux"]!["cgroupsPath"] = group + "/container");
        const string EnterAndRun = "echo $$ > \"$0/cgroup.procs\"; exec \"$@\"";
        Interleave("mem", contender =>
        {
            string timedId = NextId(), chargedId = NextId();
            Ending timed = spawner.Run(new(["/usr/bin/time", "-f", "%M", "-o", report, .. contender.CommandLine("run", "--bundle", bundle, timedId)]));
            // A fresh cgroup has a fresh peak.
            if (Directory.Exists(folder)) Sandbox.RemoveGroup(folder);
            Directory.CreateDirectory(folder);
            Ending charged = spawner.Run(new(["/bin/sh", "-c", EnterAndRun, folder, .. contender.CommandLine("run", "--bundle", bundle, chargedId)]));
            if (timed.Failures + charged.Failures != 0) Fail("mem", contender, "run");
            double resident = double.Parse(File.ReadAllLines(report)[^1], CultureInfo.InvariantCulture);
            double charge = double.Parse(File.ReadAllText(peakFile), CultureInfo.InvariantCulture) / 1024;
            return keep =>
            {
                if (!keep) return;
                results.Of("mem", contender.Name, "peak RSS", "KiB").Add(resident);
                results.Of("mem", contender.Name, "peak charge", "KiB").Add(charge);
            };
        }, warmUp: 1, limit: 10);
    }

    private void SystemCalls()
    {
        string bundle = bundles.Standard("syscalls"), report = sandbox.Folder + "/strace";
        Interleave("syscalls", contender =>
        {
            string id = NextId();
            Ending ending = spawner.Run(new(["/usr/bin/strace", "-f", "-c", "-o", report, .. contender.CommandLine("run", "--bundle", bundle, id)]));
            if (ending.Failures != 0) Fail("syscalls", contender, "run under strace");
            // The last line of the table: share, seconds, microseconds a call, calls, errors, "total".
            string total = File.ReadAllLines(report).Last(line => line.EndsWith(" total", StringComparison.Ordinal));
            double calls = double.Parse(total.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture);
            return keep =>
            {
                if (keep) results.Of("syscalls", contender.Name, "calls", "").Add(calls);
            };
        }, warmUp: 0, limit: 3);
    }

    private void Size()
    {
        foreach (Contender contender in contenders)
            results.Of("size", contender.Name, "file", "KiB").Add(((FileInfo)(File.ResolveLinkTarget(contender.Program, true) ?? new FileInfo(contender.Program))).Length / 1024.0);
    }

    /// <summary>Rounds of all contenders.</summary>
    /// <param name="name">The case.</param>
    /// <param name="once">Measures one contender once and gives back what records it.</param>
    /// <param name="warmUp">Rounds that are not recorded.</param>
    /// <param name="limit">Rounds at most, for cases that take long.</param>
    private void Interleave(string name, Func<Contender, Action<bool>> once, int warmUp = WarmUpRounds, int limit = int.MaxValue)
    {
        int total = Math.Min(rounds, limit);
        for (int round = -warmUp; round < total; round++)
        {
            for (int i = 0; i < contenders.Count; i++)
            {
                Contender contender = contenders[(i + round + warmUp) % contenders.Count];
                once(contender)(round >= 0);
            }
        }
    }

    private Action<bool> Timed(string name, Contender contender, Func<Ending> run, Contender? owner = null, string id = "")
    {
        Ending ending = run();
        double orphans = Spawner.Reap();
        if (ending.Failures != 0)
        {
            Fail(name, contender, "exit status");
            if (owner is not null) CleanUp(owner, id);
        }
        return keep => Record(name, contender.Name, ending with { CpuMilliseconds = ending.CpuMilliseconds + orphans }, keep);
    }

    private void Record(string name, string label, Ending ending, bool keep)
    {
        if (!keep) return;
        results.Of(name, label, "wall", "ms").Add(ending.WallMilliseconds);
        results.Of(name, label, "CPU", "ms").Add(ending.CpuMilliseconds);
    }

    private void Fail(string name, Contender contender, string step) => results.Fail(name, contender.Name, $"{step}: {FirstLine(spawner.TakeOutput())}");

    private void CleanUp(Contender contender, string id)
    {
        _ = spawner.Run(contender.Command("delete", "--force", id));
        _ = Spawner.Reap();
        _ = spawner.TakeOutput();
    }

    private string NextId() => string.Create(CultureInfo.InvariantCulture, $"bench-{Environment.ProcessId}-{++serial}");

    private static string FirstLine(string text) => text.Length == 0 ? "no message" : text.Split('\n')[^1];

    private void WithSeccomp(JsonObject configuration) => configuration["linux"]!["seccomp"] = bundles.Seccomp;

    private static void WithHostNetwork(JsonObject configuration)
    {
        JsonArray namespaces = configuration["linux"]!["namespaces"]!.AsArray();
        namespaces.Remove(namespaces.Single(entry => (string?)entry!["type"] == "network"));
    }
}
