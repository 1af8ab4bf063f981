namespace Keelson.Bench.Network;

/// <summary>The promises of docs/SPECIFICATION.md about the speed of networks. Where a larger number is better the promise is about its inverse: the time of a question, of a gigabyte.</summary>
internal static class Targets
{
    public static readonly Target[] Keelson =
    [
        new("sandbox", "both", "netavark", 0.3), new("sandbox", "both", "cni", 1),
        .. new[] { "neighbour", "host", "published" }.SelectMany(path => new Target[] { new("traffic", path + " byte CPU", "hand", 1.1), new("traffic", path + " GB CPU", "hand", 1.1) }),
        // What the server takes: of the wall time half is that of who asks, and a busy machine gives more of it to a server of many threads.
        new("names", "CPU of the server", "dockerd", 0.5), new("names", "CPU of the server", "aardvark", 0.5), new("names", "CPU of the server", "dnsmasq", 1.1),
        new("names", "question", "dockerd", 1), new("names", "question", "aardvark", 1),
        new("names", "p99", "dockerd", 1), new("names", "p99", "aardvark", 1), new("names", "lost or wrong", "", 0),
    ];

    /// <summary>Our plug-in of CNI beside those that it takes the place of.</summary>
    public static readonly Target[] Plugin = [new("sandbox", "both", "cni", 0.3)];

    /// <summary>What a change costs beside many: of ports what it costs beside none; of devices, which the kernel itself takes longer for, less than <c>ip</c> takes for them alone.</summary>
    public static readonly Target[] Full =
    [
        new("scale", "publish", "empty", 1.5), new("scale", "publish no more", "empty", 1.5), new("scale", "connect", "ip full", 1), new("scale", "disconnect", "ip full", 1),
    ];
}
