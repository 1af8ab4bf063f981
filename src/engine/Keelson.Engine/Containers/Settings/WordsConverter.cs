using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keelson.Engine.Containers;

/// <summary>Words as docker's clients send them: a list, or one text for a list of one.</summary>
internal sealed class WordsConverter : JsonConverter<IReadOnlyList<string>>
{
    public override IReadOnlyList<string>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return [reader.GetString()!];
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("neither a text nor a list of texts");
        List<string> words = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            words.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("a word is no text"));
        return words;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (string word in value) writer.WriteStringValue(word);
        writer.WriteEndArray();
    }
}
