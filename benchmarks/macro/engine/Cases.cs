using System.Diagnostics;

namespace Keelson.Bench.Engine;

/// <summary>What is measured. Contenders take turns within every round, and the order rotates.</summary>
internal sealed class Cases(EngineSandbox sandbox, Spawner spawner, Engines engines, Results results, int rounds)
{
    private const int WarmUpRounds = 2, Few = 20, Many = 200, SettleMilliseconds = 400, QuietMilliseconds = 5000;
    private readonly IReadOnlyList<Contender> contenders = engines.Contenders;

    /// <summary>Names, what they stand for, and how they are run; in the order of the output.</summary>
    public IReadOnlyList<(string Name, string Title, Action Run)> All =>
    [
        ("version", "version of client and daemon", () => Each("version", contender => contender.Version())),
        ("run", "run --rm busybox true, no network", () => Each("run", contender => contender.Run())),
        ("bridge", "run --rm busybox true in the network bridge, in none, and what the first adds (in turns)", Bridge),
        ("exec", "exec true in a running container", () => InRunning("exec", (contender, id) => contender.Exec(id))),
        ("list", "list of one running container", () => InRunning("list", (contender, _) => contender.List())),
        ("list1000", "list of 1,000 containers (clients that make them quickly)", ListOfMany),
        ("idle", "memory of the idle daemon; from its start to its first answer", Idle),
        ("row", "run -d one after another, and all of them removed; memory of daemon and shims for each container", Row),
        ("once", "200 containers started at once", Once),
        ("restart", "a killed daemon until it lists 200 running containers again", Restart),
    ];

    private void Each(string name, Func<Contender, string[]> command) => Interleave(name, rounds, contender => Timed(name, contender, command(contender)));

    private void Bridge()
    {
        Contender[] able = [.. contenders.Where(contender => contender is { Kind: ClientKind.Docker, Daemon: not null })];
        for (int round = -WarmUpRounds; round < rounds; round++)
            for (int i = 0; i < able.Length; i++)
            {
                Contender contender = able[(i + round + WarmUpRounds) % able.Length];
                double without = Wall(contender, contender.Run()), with = Wall(contender, contender.Run("bridge"));
                if (round < 0) continue;
                results.Of("bridge", contender.Name, "none", "ms").Add(without);
                results.Of("bridge", contender.Name, "bridge", "ms").Add(with);
                results.Of("bridge", contender.Name, "added", "ms").Add(with - without);
            }
    }

    private double Wall(Contender contender, string[] words)
    {
        sandbox.Enter(contender.Group);
        Ending ending = spawner.Run(new Command(words));
        EngineSandbox.Leave();
        Wait.Milliseconds(SettleMilliseconds);
        string output = spawner.TakeOutput();
        if (ending.Failures != 0) results.Fail("bridge", contender.Name, output.Length == 0 ? "no message" : output.Split('\n')[^1]);
        return ending.WallMilliseconds;
    }

    private void InRunning(string name, Func<Contender, string, string[]> command)
    {
        foreach (Contender contender in contenders) engines.Must(contender, contender.RunDetached($"{name}-{contender.Name}"));
        Each(name, contender => command(contender, $"{name}-{contender.Name}"));
        foreach (Contender contender in contenders) Remove(contender, [$"{name}-{contender.Name}"]);
    }

    private void ListOfMany()
    {
        const string Name = "list1000";
        Contender[] quick = [.. contenders.Where(contender => contender.Name is "keelson" or "ctr")];
        foreach (Contender contender in quick)
            for (int i = 0; i < 1000; i++) engines.Must(contender, contender.Create($"l{i}-{contender.Name}"));
        for (int round = -WarmUpRounds; round < rounds; round++)
            foreach (Contender contender in quick)
                Timed(Name, contender, contender.List())(round >= 0);
        foreach (Contender contender in quick) Remove(contender, [.. Enumerable.Range(0, 1000).Select(i => $"l{i}-{contender.Name}")]);
    }

    private void Idle()
    {
        // One at a time: pages of a program that runs twice would count half.
        foreach (Daemon daemon in engines.Daemons) daemon.Stop();
        for (int round = 0; round < Math.Min(rounds, 8); round++)
            foreach (Daemon daemon in engines.Daemons)
            {
                double cpu = sandbox.CpuMilliseconds(daemon.Name);
                results.Of("idle", daemon.Name, "first answer", "ms").Add(daemon.Start());
                results.Of("idle", daemon.Name, "CPU of the start", "ms").Add(sandbox.CpuMilliseconds(daemon.Name) - cpu);
                Wait.Milliseconds(QuietMilliseconds);
                results.Of("idle", daemon.Name, "PSS", "MiB").Add(EngineSandbox.PssMebibytes(sandbox.Processes(daemon.Name)));
                daemon.Stop();
            }
        foreach (Daemon daemon in engines.Daemons) daemon.Start();
    }

    private void Row()
    {
        foreach (int count in (int[])[Few, Many])
            foreach (Contender contender in contenders.Where(contender => count == Few || contender.Daemon?.Name == "keelsond"))
            {
                double before = EngineSandbox.PssMebibytes(sandbox.Processes(contender.Group));
                string[] ids = [.. Enumerable.Range(0, count).Select(i => $"r{i}-{contender.Name}")];
                long start = Stopwatch.GetTimestamp();
                foreach (string id in ids) engines.Must(contender, contender.RunDetached(id));
                results.Of("row", contender.Name, $"start of {count}", "ms each").Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / count);
                Wait.Milliseconds(2 * SettleMilliseconds);
                double after = EngineSandbox.PssMebibytes(sandbox.Processes(contender.Group));
                results.Of("row", contender.Name, $"PSS with {count}", "MiB each").Add((after - before) / count);
                start = Stopwatch.GetTimestamp();
                Remove(contender, ids);
                results.Of("row", contender.Name, $"removal of {count}", "ms each").Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / count);
            }
    }

    private void Once()
    {
        foreach (Contender contender in contenders.Where(contender => contender.Daemon?.Name == "keelsond" || contender.Name == "ctr"))
        {
            string[] ids = [.. Enumerable.Range(0, Many).Select(i => $"o{i}-{contender.Name}")];
            sandbox.Enter(contender.Group);
            Ending ending = spawner.RunAtOnce([.. ids.Select(id => new Command(contender.RunDetached(id)))]);
            EngineSandbox.Leave();
            results.Of("once", contender.Name, "wall", "ms").Add(ending.WallMilliseconds);
            results.Of("once", contender.Name, "failed", "of 200").Add(ending.Failures);
            _ = spawner.TakeOutput();
            Remove(contender, ids);
        }
    }

    private void Restart()
    {
        if (contenders.FirstOrDefault(contender => contender.Name == "keelson") is not { Daemon: { } daemon } contender) return;
        string[] ids = [.. Enumerable.Range(0, Many).Select(i => $"k{i}")];
        foreach (string id in ids) engines.Must(contender, contender.RunDetached(id));
        for (int round = 0; round < 3; round++)
        {
            daemon.Kill();
            double first = daemon.Start();
            double listed = Wait.Until("all containers run", () => Running(contender) == Many, pauseMilliseconds: 5);
            results.Of("restart", contender.Name, "first answer", "ms").Add(first);
            results.Of("restart", contender.Name, "all are running", "ms").Add(first + listed);
        }
        Remove(contender, ids);
    }

    private int Running(Contender contender)
    {
        sandbox.Enter(contender.Group);
        _ = spawner.Run(new Command([.. contender.Client, "ps", "-q"]));
        EngineSandbox.Leave();
        return spawner.TakeOutput().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
    }

    private void Remove(Contender contender, string[] ids)
    {
        sandbox.Enter(contender.Group);
        foreach (string[] command in contender.Remove(ids)) _ = spawner.Run(new Command(command));
        EngineSandbox.Leave();
        _ = spawner.TakeOutput();
    }

    private void Interleave(string name, int count, Func<Contender, Action<bool>> once)
    {
        for (int round = -WarmUpRounds; round < count; round++)
            for (int i = 0; i < contenders.Count; i++)
            {
                Contender contender = contenders[(i + round + WarmUpRounds) % contenders.Count];
                try
                {
                    once(contender)(round >= 0);
                }
                catch (InvalidOperationException e)
                {
                    results.Fail(name, contender.Name, e.Message);
                }
            }
    }

    /// <summary>Wall time of the client; CPU of client, daemon, shim, runtime and container until a moment after it.</summary>
    private Action<bool> Timed(string name, Contender contender, string[] words)
    {
        Command command = new(words);
        double before = sandbox.CpuMilliseconds(contender.Group);
        sandbox.Enter(contender.Group);
        Ending ending = spawner.Run(command);
        EngineSandbox.Leave();
        Wait.Milliseconds(SettleMilliseconds);
        double cpu = sandbox.CpuMilliseconds(contender.Group) - before;
        string output = spawner.TakeOutput();
        if (ending.Failures != 0) results.Fail(name, contender.Name, output.Length == 0 ? "no message" : output.Split('\n')[^1]);
        return keep =>
        {
            if (!keep) return;
            results.Of(name, contender.Name, "wall", "ms").Add(ending.WallMilliseconds);
            results.Of(name, contender.Name, "CPU", "ms").Add(cpu);
        };
    }
}
