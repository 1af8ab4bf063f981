using Keelson.Bench.Engine;

namespace Keelson.Bench.Docker;

/// <summary><c>docker ps -a</c> of many containers.</summary>
internal sealed class ListCase(EngineSandbox sandbox, IReadOnlyList<DockerEngine> engines, Results results, int rounds)
{
    public const string Name = "ps";

    public const string Title = "docker ps -a with 1,000 containers";

    private const int Count = 1000;

    public void Run()
    {
        foreach (DockerEngine engine in engines)
            for (int i = 0; i < Count; i++) engine.Must("create", "--network", "none", "--name", $"l{i}", "busybox", "sh");
        for (int round = 0; round <= rounds; round++)
            foreach (DockerEngine engine in round % 2 == 0 ? engines : engines.Reverse())
            {
                double before = sandbox.CpuMilliseconds(engine.Name);
                Ending listed = engine.Quiet("ps", "-a");
                double middle = sandbox.CpuMilliseconds(engine.Name);
                Ending counted = engine.Quiet("ps", "-aq");
                double after = sandbox.CpuMilliseconds(engine.Name);
                // The first round warms up.
                if (round == 0) continue;
                results.Of(Name, engine.Name, "ps -a", "ms").Add(listed.WallMilliseconds);
                results.Of(Name, engine.Name, "ps -a, CPU of the engine", "ms").Add(middle - before);
                results.Of(Name, engine.Name, "ps -aq", "ms").Add(counted.WallMilliseconds);
                results.Of(Name, engine.Name, "ps -aq, CPU of the engine", "ms").Add(after - middle);
            }
        foreach (DockerEngine engine in engines) engine.Must(["rm", .. Enumerable.Range(0, Count).Select(i => $"l{i}")]);
    }
}
