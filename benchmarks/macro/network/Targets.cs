namespace Keelson.Bench.Network;

/// <summary>The promises of docs/SPECIFICATION.md about the speed of networks. For rates a larger number is better, so their promises are about the time of a question or a byte.</summary>
internal static class Targets
{
    public static readonly Target[] Keelson =
    [
        new("sandbox", "both", "netavark", 0.3), new("sandbox", "both", "cni", 1),
        new("traffic", "neighbour byte", "hand", 1.1), new("traffic", "host byte", "hand", 1.1), new("traffic", "published byte", "hand", 1.1),
        new("traffic", "neighbour GB", "hand", 1.1), new("traffic", "host GB", "hand", 1.1), new("traffic", "published GB", "hand", 1.1),
        new("names", "question", "dockerd", 0.5), new("names", "question", "aardvark", 0.5), new("names", "question", "dnsmasq", 1),
        new("names", "p99", "dockerd", 1), new("names", "p99", "aardvark", 1), new("names", "lost or wrong", "", 0),
    ];

    /// <summary>What a change costs beside many, against what it costs beside none.</summary>
    public static readonly Target[] Full =
    [
        new("scale", "open", "empty", 1.5), new("scale", "close", "empty", 1.5), new("scale", "connect", "empty", 1.5), new("scale", "disconnect", "empty", 1.5), new("scale", "publish", "empty", 1.5),
        new("scale", "publish no more", "empty", 1.5),
    ];
}
