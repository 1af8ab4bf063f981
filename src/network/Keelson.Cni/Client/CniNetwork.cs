using System.Text.Json;

namespace Keelson.Cni.Client;

/// <summary>A network as it is described: plug-ins that lay it one after the other. CNI 1.1 "Configuration format"; a single plug-in's configuration is a list of one.</summary>
public sealed record CniNetwork
{
    /// <summary>Most plug-ins of a network.</summary>
    private const int PluginLimit = 32;

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The version that its plug-ins are spoken to in: of those that it names the newest that is spoken here.</summary>
    public required string Version { get; init; }

    /// <summary>Its plug-ins, first of all the one that makes the device.</summary>
    public required IReadOnlyList<CniPlugin> Plugins { get; init; }

    /// <summary>Whether CHECK is not to be asked for.</summary>
    public bool DisablesCheck { get; init; }

    /// <summary>The text that it was read from.</summary>
    public required ReadOnlyMemory<byte> Text { get; init; }

    /// <summary>Reads a network.</summary>
    /// <exception cref="CniException">CannotDecode, InvalidConfiguration, IncompatibleVersion.</exception>
    public static CniNetwork Read(ReadOnlyMemory<byte> text)
    {
        JsonElement root = CniJson.Parse(text, "network configuration");
        string? name = root.Text("name");
        if (!CniNames.IsName(name)) throw Invalid($"name '{name}': that is no name of a network");
        List<string> versions = [.. root.Texts("cniVersions"), root.Text("cniVersion") ?? CniVersions.Unsaid];
        string version = CniVersions.Supported.LastOrDefault(versions.Contains)
            ?? throw new CniException(CniErrorCode.IncompatibleVersion, $"network {name}: version {string.Join(", ", versions)} is none of {string.Join(", ", CniVersions.Supported)}");
        // What has plug-ins is a list; what has a type is one plug-in.
        List<JsonElement> plugins = root.Member("plugins") is null && root.Member("type") is not null ? [root] : root.Parts("plugins");
        if (plugins.Count is 0 or > PluginLimit) throw Invalid($"network {name}: it has {plugins.Count} plug-ins, and not 1 to {PluginLimit}");
        return new()
        {
            Name = name!, Version = version, DisablesCheck = root.Switch("disableCheck"), Text = text, Plugins = [.. plugins.Select(plugin => Read(name!, plugin))],
        };
    }

    /// <summary>Whether one of its plug-ins takes what a capability is for.</summary>
    public bool Has(string capability) => Plugins.Any(plugin => plugin.Capabilities.Contains(capability));

    private static CniPlugin Read(string network, JsonElement plugin)
    {
        string? type = plugin.Text("type");
        if (!CniNames.IsType(type)) throw Invalid($"network {network}: type '{type}': that is no name of a plug-in");
        List<string> capabilities = [];
        if (plugin.Part("capabilities") is { } wanted)
            foreach (JsonProperty capability in wanted.EnumerateObject())
                if (wanted.Switch(capability.Name)) capabilities.Add(capability.Name);
        return new(type!, plugin, capabilities);
    }

    private static CniException Invalid(string message) => new(CniErrorCode.InvalidConfiguration, message);
}

/// <summary>A plug-in of a network.</summary>
/// <param name="Type">The name of its program.</param>
/// <param name="Configuration">What it is told.</param>
/// <param name="Capabilities">What of the container's wishes it takes.</param>
public sealed record CniPlugin(string Type, JsonElement Configuration, IReadOnlyList<string> Capabilities);
