namespace Keelson.Bench.Network;

/// <summary>What podman tells netavark of a container.</summary>
internal static class NetavarkFile
{
    /// <param name="container">Its identity and name.</param>
    /// <param name="address">Its address in 10.89.0.0/24.</param>
    /// <param name="aliases">What else it is called.</param>
    /// <param name="port">Where its port 80 is published; 0: nowhere.</param>
    public static string Make(string container, string address, IEnumerable<string> aliases, int port) => $$$"""
        {"container_id":"{{{container}}}","container_name":"{{{container}}}",{{{(port == 0 ? "" : $$"""
        "port_mappings":[{"host_ip":"","container_port":80,"host_port":{{port}},"range":1,"protocol":"tcp"}],
        """)}}}
        "networks":{"p":{"static_ips":["{{{address}}}"],"interface_name":"eth0","aliases":[{{{string.Join(',', aliases.Select(alias => $"\"{alias}\""))}}}]}},
        "network_info":{"p":{"name":"p","id":"53ce4390f2adb1681eb1a90ec8b48c49c015e0a8d336c197637e7f65e365fa9e","driver":"bridge","network_interface":"nav0",
        "subnets":[{"gateway":"10.89.0.1","subnet":"10.89.0.0/24"}],"ipv6_enabled":false,"internal":false,"dns_enabled":true,"ipam_options":{"driver":"host-local"} } } }
        """;
}
