using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>A list of strings that may also come as one string: commands, entry points, capabilities.</summary>
public sealed class StringListConverter : JsonConverter<string[]?>
{
    /// <inheritdoc/>
    public override string[]? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.String) return [reader.GetString()!];
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("a list of strings or one string was expected");
        List<string> items = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null)) throw new JsonException("a list of strings holds something else");
            items.Add(reader.GetString() ?? "");
        }
        return [.. items];
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string[]? value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (value is null) { writer.WriteNullValue(); return; }
        writer.WriteStartArray();
        foreach (string item in value) writer.WriteStringValue(item);
        writer.WriteEndArray();
    }
}
