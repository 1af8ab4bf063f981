using Keelson.Bench.Engine;

namespace Keelson.Bench.Docker;

/// <summary>Docker's client on keelsond and on dockerd: <c>bench-docker [-n ROUNDS] [-c CASE,CASE] [--json FILE] FOLDER</c>; the folder has our programs.</summary>
internal static class Program
{
    private const int DefaultRounds = 20;

    private static int Main(string[] arguments) => BenchProgram.Run("bench-docker", output => Run(arguments, output));

    private static int Run(string[] arguments, StandardOutput output)
    {
        BenchArguments options = BenchArguments.Read(arguments, DefaultRounds);
        if (options.Programs is not [var ours])
        {
            output.WriteLine("usage: bench-docker [-n ROUNDS] [-c CASE,CASE...] [--json FILE] FOLDER");
            return 2;
        }
        using EngineSandbox sandbox = new();
        string folder = EngineSandbox.Folder;
        // What they start is looked for along the path; the client finds no configuration of anybody.
        Environment.SetEnvironmentVariable("PATH", ours + ":" + Environment.GetEnvironmentVariable("PATH"));
        foreach (string program in (string[])["keelson-runtime", "containerd-shim-keelson-v2"])
            if (!File.Exists($"{ours}/{program}")) throw new InvalidOperationException($"{ours} has no {program}");
        Spawner spawner = new(folder + "/log");
        File.WriteAllText(folder + "/dockerd.json", "{}");
        DockerEngine[] engines =
        [
            new(sandbox, spawner, "dockerd", ["/usr/sbin/dockerd", "--host", $"unix://{folder}/dockerd.sock", "--data-root", folder + "/dockerd/root", "--exec-root", folder + "/dockerd/exec", "--pidfile", folder + "/dockerd.pid",
                "--config-file", folder + "/dockerd.json", "--storage-driver", "overlay2", "--iptables=false", "--ip6tables=false", "--bridge=none"], folder + "/dockerd.sock"),
            new(sandbox, spawner, "keelsond", ["/usr/bin/env", $"PATH={ours}:/usr/sbin:/usr/bin:/sbin:/bin", ours + "/keelsond", "--root", folder + "/keelson/root", "--state", folder + "/keelson/state", "--bridge", "none"],
                folder + "/keelson/state/docker.sock"),
        ];
        if (spawner.Run(new Command(["/bin/sh", "-c", $"ip link set lo up && mkdir -p {folder}/tree/bin {folder}/tree/etc && cp /bin/busybox {folder}/tree/bin && for a in sh echo cat; do ln -s busybox {folder}/tree/bin/$a; done && tar -C {folder}/tree -cf {folder}/tree.tar ."])).Failures != 0)
            throw new InvalidOperationException("make an image: " + spawner.TakeOutput());
        Results results = new();
        IReadOnlyList<(string Key, string Value)> machine = Machine.Describe(engines.Select(engine => (engine.Name, engine.Name)));
        foreach ((string key, string value) in machine) output.WriteLine($"{key,-16}{value}");
        try
        {
            foreach (DockerEngine engine in engines) engine.Start(folder + "/tree.tar");
            (string Name, string Title, Action Run)[] cases =
            [
                (BuildCase.Name, BuildCase.Title, new BuildCase(sandbox, engines, results, options.Rounds).Run), (LogsCase.Name, LogsCase.Title, new LogsCase(sandbox, engines, results, options.Rounds).Run),
                (CopyCase.Name, CopyCase.Title, new CopyCase(sandbox, engines, results, options.Rounds).Run), (ListCase.Name, ListCase.Title, new ListCase(sandbox, engines, results, options.Rounds).Run),
                (MemoryCase.Name, MemoryCase.Title, new MemoryCase(sandbox, engines, results).Run),
            ];
            foreach ((string name, string title, Action run) in cases)
            {
                if (!options.Wants(name)) continue;
                run();
                Report.Print(output, results, name, title, [.. engines.Select(engine => engine.Name)]);
            }
        }
        finally
        {
            foreach (DockerEngine engine in engines) engine.Stop();
        }
        output.WriteLine($"\nload at the end {Machine.Load}");
        if (options.Json is not null) Report.WriteJson(options.Json, results, machine);
        return results.Failures.Count > 0 ? 1 : 0;
    }
}
