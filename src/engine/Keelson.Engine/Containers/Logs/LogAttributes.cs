using System.Buffers;
using System.Text.Json;

namespace Keelson.Engine.Containers;

/// <summary>What a log driver's options <c>labels</c>, <c>env</c> and <c>tag</c> put into each line.</summary>
internal static class LogAttributes
{
    /// <summary>Makes the object in JSON; empty when there is nothing to put in.</summary>
    public static byte[] Make(ContainerInfo info, LogPolicy policy)
    {
        SortedDictionary<string, string> attributes = new(StringComparer.Ordinal);
        if (policy.Tag.Length > 0) attributes["tag"] = policy.Tag.Replace("{{.ID}}", info.ShortId, StringComparison.Ordinal).Replace("{{.FullID}}", info.Id, StringComparison.Ordinal)
            .Replace("{{.Name}}", info.Name, StringComparison.Ordinal).Replace("{{.ImageName}}", info.Settings.Image, StringComparison.Ordinal);
        foreach (string label in policy.Labels)
            if (info.Settings.Labels?.TryGetValue(label, out string? value) == true) attributes[label] = value;
        foreach (string name in policy.Variables)
            if (info.Settings.Env?.FirstOrDefault(variable => variable.StartsWith(name + "=", StringComparison.Ordinal)) is { } variable) attributes[name] = variable[(name.Length + 1)..];
        if (attributes.Count == 0) return [];
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        foreach ((string key, string value) in attributes) json.WriteString(key, value);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
