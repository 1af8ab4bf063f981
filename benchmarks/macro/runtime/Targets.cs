namespace Keelson.Bench.Runtime;

/// <summary>The promises of docs/SPECIFICATION.md about speed and size. Each is a ratio or a size, never a number of milliseconds.</summary>
internal static class Targets
{
    public static readonly Target[] All =
    [
        .. new[] { "run", "full", "life", "exec" }.SelectMany(name => new Target[]
        {
            new(name, "CPU", "runc", 0.25), new(name, "wall", "runc", 0.25), new(name, "CPU", "crun", 1), new(name, "wall", "crun", 1),
        }),
        new("state", "wall", "crun", 1), new("state", "CPU", "crun", 1), new("version", "wall", "crun", 1), new("version", "CPU", "crun", 1),
        new("mem", "peak RSS", "crun", 1, 1024), new("memmin", "limit", "", 0, 1024), new("many", "wall", "crun", 1), new("many", "failed", "", 0, 0),
    ];
}
