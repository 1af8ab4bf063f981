using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Keelson.Docker;

namespace Keelson.Cli.Templates;

/// <summary>An object of JSON. When its type is known, fields that the engine left out have their zero, as in docker's own program.</summary>
internal sealed class JsonMap(Dictionary<string, object?> values, JsonTypeInfo? type) : ITemplateObject
{
    /// <summary>Whether any name may be there, as in a map of labels.</summary>
    public bool IsOpen => type is null || type.Kind == JsonTypeInfoKind.Dictionary;

    public IEnumerable<KeyValuePair<string, object?>> Fields => values;

    public int Count => values.Count;

    /// <summary>Reads JSON.</summary>
    /// <param name="json">One value.</param>
    /// <param name="type">What it is; <see langword="null"/> when that is not known.</param>
    public static object? Parse(ReadOnlyMemory<byte> json, JsonTypeInfo? type)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Convert(document.RootElement, type?.Type);
    }

    public bool TryGet(string name, out object? value)
    {
        if (values.TryGetValue(name, out value)) return true;
        if (IsOpen) return false;
        foreach ((string key, object? own) in values)
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase)) { value = own; return true; }
        foreach (JsonPropertyInfo property in type!.Properties)
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) { value = Zero(property.PropertyType); return true; }
        return false;
    }

    public bool TryCall(string name, object?[] arguments, out object? value)
    {
        value = null;
        return false;
    }

    private static object? Convert(JsonElement element, Type? type)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                JsonTypeInfo? own = type is null ? null : DockerJson.Default.GetTypeInfo(type);
                Type? elementType = own?.Kind == JsonTypeInfoKind.Dictionary ? own.ElementType : null;
                Dictionary<string, object?> fields = [];
                foreach (JsonProperty property in element.EnumerateObject()) fields[property.Name] = Convert(property.Value, elementType ?? TypeOf(own, property.Name));
                return new JsonMap(fields, own);
            case JsonValueKind.Array:
                List<object?> items = new(element.GetArrayLength());
                foreach (JsonElement item in element.EnumerateArray()) items.Add(Convert(item, type?.GetElementType()));
                return items;
            case JsonValueKind.String: return element.GetString();
            case JsonValueKind.Number: return element.TryGetInt64(out long number) ? number : element.TryGetUInt64(out ulong large) ? large : (object)element.GetDouble();
            case JsonValueKind.True: return true;
            case JsonValueKind.False: return false;
            default: return type is null ? null : Zero(type);
        }
    }

    private static Type? TypeOf(JsonTypeInfo? type, string name)
    {
        if (type is null) return null;
        foreach (JsonPropertyInfo property in type.Properties)
            if (property.Name == name)
                return property.PropertyType;
        return null;
    }

    private static object? Zero(Type type) => type == typeof(string) ? "" : type == typeof(bool) ? false
        : type == typeof(double) ? 0.0 : type.IsPrimitive ? 0L : type.IsArray ? NilValue.List
        : DockerJson.Default.GetTypeInfo(type)?.Kind == JsonTypeInfoKind.Dictionary ? NilValue.Map : NilValue.Object;
}
