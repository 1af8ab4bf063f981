namespace Keelson.Docker;

/// <summary>The network of a container, with the settings of the default bridge once more on top.</summary>
public sealed record NetworkSettings
{
    public string Bridge { get; set => field = value ?? ""; } = "";

    public string SandboxID { get; set => field = value ?? ""; } = "";

    public bool HairpinMode { get; set; }

    public string LinkLocalIPv6Address { get; set => field = value ?? ""; } = "";

    public int LinkLocalIPv6PrefixLen { get; set; }

    public Dictionary<string, PortBinding[]?>? Ports { get; set; }

    public string SandboxKey { get; set => field = value ?? ""; } = "";

    public NetworkAddress[]? SecondaryIPAddresses { get; set; }

    public NetworkAddress[]? SecondaryIPv6Addresses { get; set; }

    public string EndpointID { get; set => field = value ?? ""; } = "";

    public string Gateway { get; set => field = value ?? ""; } = "";

    public string GlobalIPv6Address { get; set => field = value ?? ""; } = "";

    public int GlobalIPv6PrefixLen { get; set; }

    public string IPAddress { get; set => field = value ?? ""; } = "";

    public int IPPrefixLen { get; set; }

    public string IPv6Gateway { get; set => field = value ?? ""; } = "";

    public string MacAddress { get; set => field = value ?? ""; } = "";

    public Dictionary<string, EndpointSettings>? Networks { get; set; }
}
