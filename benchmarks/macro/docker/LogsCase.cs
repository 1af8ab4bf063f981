using Keelson.Bench.Engine;

namespace Keelson.Bench.Docker;

/// <summary><c>docker logs</c> of a container that wrote much.</summary>
internal sealed class LogsCase(EngineSandbox sandbox, IReadOnlyList<DockerEngine> engines, Results results, int rounds)
{
    public const string Name = "logs";

    public const string Title = "docker logs of 100 MB in lines of 100 bytes";

    private const string Container = "talks";

    public void Run()
    {
        string line = new('x', 99);
        foreach (DockerEngine engine in engines)
        {
            double before = sandbox.CpuMilliseconds(engine.Name);
            Ending written = engine.Quiet("run", "--network", "none", "--cgroup-parent", engine.Containers, "--name", Container, "busybox", "/bin/busybox", "sh", "-c", $"/bin/busybox yes {line} | /bin/busybox head -n 1000000");
            results.Of(Name, engine.Name, "written while a client reads", "ms").Add(written.WallMilliseconds);
            results.Of(Name, engine.Name, "written, CPU of all", "ms").Add(sandbox.CpuMilliseconds(engine.Name) - before);
        }
        for (int round = 0; round <= rounds; round++)
            foreach (DockerEngine engine in round % 2 == 0 ? engines : engines.Reverse())
            {
                double before = sandbox.CpuMilliseconds(engine.Name);
                Ending read = engine.Quiet("logs", Container);
                // The first round warms up.
                if (round == 0) continue;
                results.Of(Name, engine.Name, "read", "ms").Add(read.WallMilliseconds);
                results.Of(Name, engine.Name, "read, CPU of the engine", "ms").Add(sandbox.CpuMilliseconds(engine.Name) - before);
            }
        foreach (DockerEngine engine in engines) engine.Must("rm", Container);
    }
}
