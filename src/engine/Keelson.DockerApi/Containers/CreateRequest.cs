using System.Text.Json;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Containers;

/// <summary>The body of <c>POST /containers/create</c>: settings, and among them <c>HostConfig</c> and <c>NetworkingConfig</c>.</summary>
/// <param name="Settings">What runs.</param>
/// <param name="Host">How it stands on its host.</param>
/// <param name="Networks">What it wants in each network.</param>
internal sealed record CreateRequest(ContainerSettings Settings, HostSettings Host, IReadOnlyDictionary<string, EndpointSettings?>? Networks)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="ApiException">400: it is malformed, or names no image.</exception>
    public static CreateRequest Parse(ReadOnlySpan<byte> utf8)
    {
        ContainerSettings settings = Call.Parse(utf8, ContainerJson.Default.ContainerSettings);
        HostSettings host = new();
        NetworkingSettings networking = new();
        Utf8JsonReader reader = new(utf8);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                // Names are taken in any case, as Go does.
                string name = reader.GetString()!;
                reader.Read();
                if (reader.TokenType == JsonTokenType.Null) continue;
                if ("HostConfig".Equals(name, StringComparison.OrdinalIgnoreCase)) host = JsonSerializer.Deserialize(ref reader, ContainerJson.Default.HostSettings)!;
                else if ("NetworkingConfig".Equals(name, StringComparison.OrdinalIgnoreCase)) networking = JsonSerializer.Deserialize(ref reader, ContainerJson.Default.NetworkingSettings)!;
                else reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ApiException(400, "invalid JSON: " + e.Message, e);
        }
        return new(settings, host, networking.EndpointsConfig);
    }
}
