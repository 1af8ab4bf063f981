namespace Keelson.Bench.Engine;

/// <summary>The promises of docs/SPECIFICATION.md about the engine.</summary>
internal static class Targets
{
    public static readonly Target[] Keelson =
    [
        new("run", "wall", "ctr", 0.25), new("run", "wall", "docker", 0.15), new("run", "CPU", "ctr", 0.25), new("run", "CPU", "docker", 0.15),
        new("bridge", "added", "docker", 0.3), new("bridge", "bridge", "docker", 0.3),
        new("list1000", "wall", "", 0, 20), new("once", "failed", "", 0), new("restart", "all are running", "", 0, 1000),
        new("row", "PSS with 20", "", 0, 1.5), new("row", "PSS with 200", "", 0, 1.5),
    ];

    public static readonly Target[] Keelsond = [new("idle", "PSS", "containerd", 0.5), new("idle", "first answer", "", 0, 60)];
}
