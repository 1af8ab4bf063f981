using System.Text.Json;
using Keelson.Cni;
using Keelson.Cni.Client;

namespace Keelson.Fuzz.Targets;

/// <summary>Descriptions of networks. Of one that is read no name leads out of a directory, and what a plug-in is told is JSON with the network's name and version and nothing of another's.</summary>
internal sealed class CniNetworkTarget : IFuzzTarget
{
    public string Name => "cni-network";

    public void Run(ReadOnlySpan<byte> input)
    {
        CniNetwork network;
        try
        {
            network = CniNetwork.Read(input.ToArray());
        }
        catch (CniException)
        {
            return;
        }
        if (!CniVersions.IsSupported(network.Version)) throw new InvalidOperationException("a version that is not spoken");
        CniAttachment end = new() { ContainerId = "c", Namespace = "/n", Device = "eth0", Capabilities = new Dictionary<string, string> { ["mac"] = "\"02:00:00:00:00:01\"" } };
        foreach (string name in (string[])[network.Name, .. network.Plugins.Select(plugin => plugin.Type)])
            if (name.Contains('/', StringComparison.Ordinal) || name is "" or "." or "..") throw new InvalidOperationException("a name leads elsewhere: " + name);
        foreach (CniPlugin plugin in network.Plugins)
        {
            using JsonDocument told = JsonDocument.Parse(CniClient.InputOf(network, plugin, end, "{\"ips\":[]}"u8.ToArray()));
            JsonElement root = told.RootElement;
            if (root.EnumerateObject().GroupBy(member => member.Name).Any(group => group.Count() > 1)) throw new InvalidOperationException("a member twice");
            if (root.GetProperty("name").GetString() != network.Name || root.GetProperty("cniVersion").GetString() != network.Version || root.GetProperty("type").GetString() != plugin.Type)
                throw new InvalidOperationException("another network's");
            if (root.TryGetProperty("runtimeConfig", out JsonElement runtime) != plugin.Capabilities.Contains("mac") || root.GetProperty("prevResult").GetRawText() != "{\"ips\":[]}") throw new InvalidOperationException("not what is wanted: " + runtime);
        }
    }
}
