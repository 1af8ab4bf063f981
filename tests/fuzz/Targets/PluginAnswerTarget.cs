using System.Text.Json;
using Keelson.Network.Remote;

namespace Keelson.Fuzz.Targets;

/// <summary>Answers of plug-ins for networks and addresses. What is taken of them is what it says it is.</summary>
internal sealed class PluginAnswerTarget : IFuzzTarget
{
    public string Name => "plugin-answer";

    public void Run(ReadOnlySpan<byte> input)
    {
        PluginText text = new("p", "m");
        try
        {
            JoinAnswer? joined = JsonSerializer.Deserialize(input, PluginJson.Default.JoinAnswer);
            foreach (string? gateway in (string?[])[joined?.Gateway, joined?.GatewayIpv6]) text.Address(gateway);
            foreach (StaticRouteMessage route in joined?.StaticRoutes ?? [])
            {
                text.Network(route?.Destination);
                text.Address(route?.NextHop);
            }
            if (text.Hardware(JsonSerializer.Deserialize(input, PluginJson.Default.CreateEndpointAnswer)?.Interface?.MacAddress) is { } hardware && Convert.FromHexString(hardware).Length != 6)
                throw new InvalidOperationException("an address of the link layer has six bytes");
            RequestPoolAnswer? pool = JsonSerializer.Deserialize(input, PluginJson.Default.RequestPoolAnswer);
            text.Network(pool?.Pool);
            text.Address(JsonSerializer.Deserialize(input, PluginJson.Default.RequestAddressAnswer)?.Address);
        }
        catch (Exception e) when (e is JsonException or KeelsonException { Kind: ErrorKind.DataLoss })
        {
            // Refused.
        }
    }
}
