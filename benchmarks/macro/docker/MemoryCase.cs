using Keelson.Bench.Engine;

namespace Keelson.Bench.Docker;

/// <summary>Memory of all processes of an engine together: idle, and with many running containers.</summary>
internal sealed class MemoryCase(EngineSandbox sandbox, IReadOnlyList<DockerEngine> engines, Results results)
{
    public const string Name = "memory";

    public const string Title = "memory of all processes of an engine (dockerd, containerd and shims; keelsond and its shim), without its containers'";

    private const int Count = 200, QuietMilliseconds = 5000;

    public void Run()
    {
        // One at a time, each anew: what a benchmark before this one left in memory is not asked for.
        foreach (DockerEngine engine in engines) engine.Stop();
        foreach (DockerEngine engine in engines)
        {
            engine.Resume();
            Note(engine, "idle");
            string[] names = [.. Enumerable.Range(0, Count).Select(i => $"m{i}")];
            foreach (string name in names) engine.Must("run", "-d", "--network", "none", "--cgroup-parent", engine.Containers, "--name", name, "busybox", "busybox", "sleep", "100000");
            Note(engine, $"with {Count} containers");
            engine.Must(["rm", "-f", .. names]);
            engine.Stop();
        }
        foreach (DockerEngine engine in engines) engine.Resume();
    }

    private void Note(DockerEngine engine, string when)
    {
        Wait.Milliseconds(QuietMilliseconds);
        results.Of(Name, engine.Name, when, "MiB").Add(EngineSandbox.PssMebibytes(sandbox.Processes(engine.Name)));
    }
}
