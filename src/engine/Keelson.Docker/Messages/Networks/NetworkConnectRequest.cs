using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The body of POST /networks/(id)/connect.</summary>
public sealed record NetworkConnectRequest
{
    public string Container { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EndpointSettings? EndpointConfig { get; set; }
}
