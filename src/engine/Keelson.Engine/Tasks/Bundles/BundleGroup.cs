using System.Text.Json;

namespace Keelson.Engine.Tasks.Bundles;

/// <summary>The group that may enter a bundle besides root.</summary>
internal static class BundleGroup
{
    /// <summary>The group that is root's in the container's user namespace; <see langword="null"/> without one. runtime-spec config-linux "User namespace mappings".</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the configuration is no JSON.</exception>
    public static uint? Of(ReadOnlySpan<byte> config)
    {
        try
        {
            return Read(config);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "read config.json", e);
        }
    }

    private static uint? Read(ReadOnlySpan<byte> config)
    {
        // linux (1), gidMappings (2), an entry (3), its properties (4).
        Utf8JsonReader reader = new(config);
        bool inLinux = false, inMappings = false;
        string property = "";
        uint? container = null, host = null;
        while (reader.Read())
        {
            int depth = reader.CurrentDepth;
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                if (depth == 1) inLinux = reader.ValueTextEquals("linux"u8);
                else if (depth == 2) inMappings = inLinux && reader.ValueTextEquals("gidMappings"u8);
                else if (inMappings) property = reader.GetString()!;
            }
            else if (!inMappings) continue;
            else if (reader.TokenType == JsonTokenType.StartObject) (container, host) = (null, null);
            else if (reader.TokenType == JsonTokenType.Number && property == "containerID") container = reader.GetUInt32();
            else if (reader.TokenType == JsonTokenType.Number && property == "hostID") host = reader.GetUInt32();
            else if (reader.TokenType == JsonTokenType.EndObject && container == 0 && host is not null) return host;
        }
        return null;
    }
}
