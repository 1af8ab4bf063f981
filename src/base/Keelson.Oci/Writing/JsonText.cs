using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Keelson.Oci;

/// <summary>Writes documents, and the properties that are there.</summary>
internal static class JsonText
{
    /// <summary>A whole document.</summary>
    /// <param name="value">What it holds.</param>
    /// <param name="indented">With line breaks and tabs, as runC prints; otherwise in one line. There is no newline at the end.</param>
    /// <param name="write">Writes the value.</param>
    public static byte[] Document<T>(T value, bool indented, Action<Utf8JsonWriter, T> write)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        // The relaxed encoder leaves text as it is; nothing here is put into HTML.
        JsonWriterOptions options = new()
        {
            Indented = indented,
            IndentCharacter = '\t',
            IndentSize = 1,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using Utf8JsonWriter json = new(buffer, options);
        write(json, value);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static void String(this Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    public static void Bool(this Utf8JsonWriter json, ReadOnlySpan<byte> name, bool? value)
    {
        if (value is not null) json.WriteBoolean(name, value.Value);
    }

    /// <summary>A flag whose absence means false.</summary>
    public static void Flag(this Utf8JsonWriter json, ReadOnlySpan<byte> name, bool value)
    {
        if (value) json.WriteBoolean(name, true);
    }

    public static void Number(this Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is not null) json.WriteNumber(name, value.Value);
    }

    public static void Number(this Utf8JsonWriter json, ReadOnlySpan<byte> name, ulong? value)
    {
        if (value is not null) json.WriteNumber(name, value.Value);
    }

    /// <summary>Strings; nothing when the array is <see langword="null"/>.</summary>
    public static void OptionalStrings(this Utf8JsonWriter json, ReadOnlySpan<byte> name, string[]? values)
    {
        if (values is null) return;
        json.WriteStartArray(name);
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>Strings; nothing when there are none.</summary>
    public static void Strings(this Utf8JsonWriter json, ReadOnlySpan<byte> name, string[] values)
    {
        if (values.Length > 0) json.OptionalStrings(name, values);
    }

    /// <summary>Objects; nothing when there are none.</summary>
    public static void Objects<T>(this Utf8JsonWriter json, ReadOnlySpan<byte> name, T[] values, Action<Utf8JsonWriter, T> properties)
    {
        if (values.Length == 0) return;
        json.WriteStartArray(name);
        foreach (T value in values)
        {
            json.WriteStartObject();
            properties(json, value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>An object; nothing when it is <see langword="null"/>.</summary>
    public static void Object<T>(this Utf8JsonWriter json, ReadOnlySpan<byte> name, T? value, Action<Utf8JsonWriter, T> properties) where T : class
    {
        if (value is null) return;
        json.WriteStartObject(name);
        properties(json, value);
        json.WriteEndObject();
    }

    /// <summary>A map of objects; nothing when there are none.</summary>
    public static void ObjectMap<T>(this Utf8JsonWriter json, ReadOnlySpan<byte> name, Dictionary<string, T> values, Action<Utf8JsonWriter, T> properties)
    {
        if (values.Count == 0) return;
        json.WriteStartObject(name);
        foreach ((string key, T value) in values)
        {
            json.WriteStartObject(key);
            properties(json, value);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <summary>A map of strings; nothing when it is <see langword="null"/>.</summary>
    public static void OptionalStringMap(this Utf8JsonWriter json, ReadOnlySpan<byte> name, Dictionary<string, string>? values)
    {
        if (values is null) return;
        json.WriteStartObject(name);
        foreach ((string key, string value) in values) json.WriteString(key, value);
        json.WriteEndObject();
    }

    /// <summary>A map of strings; nothing when there are none.</summary>
    public static void StringMap(this Utf8JsonWriter json, ReadOnlySpan<byte> name, Dictionary<string, string> values)
    {
        if (values.Count > 0) json.OptionalStringMap(name, values);
    }
}
