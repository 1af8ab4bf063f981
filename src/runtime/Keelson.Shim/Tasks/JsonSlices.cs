using System.Text.Json;

namespace Keelson.Shim.Tasks;

/// <summary>JSON taken apart without being understood, so that what is not looked at stays as it was.</summary>
/// <remarks>JsonDocument would do it, but has in it the library of cryptography, which a static program must not load.</remarks>
internal static class JsonSlices
{
    /// <summary>Names and texts of an object's values; <see langword="null"/> when the text is no object.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static List<KeyValuePair<string, ReadOnlyMemory<byte>>>? Properties(ReadOnlyMemory<byte> text)
    {
        List<KeyValuePair<string, ReadOnlyMemory<byte>>> found = [];
        Utf8JsonReader reader = new(text.Span);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return null;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            string name = reader.GetString()!;
            reader.Read();
            found.Add(new(name, Value(ref reader, text)));
        }
        return found;
    }

    /// <summary>Texts of an array's elements; <see langword="null"/> when the text is no array.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static List<ReadOnlyMemory<byte>>? Elements(ReadOnlyMemory<byte> text)
    {
        List<ReadOnlyMemory<byte>> found = [];
        Utf8JsonReader reader = new(text.Span);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) found.Add(Value(ref reader, text));
        return found;
    }

    /// <summary>A string; <see langword="null"/> when the text is none.</summary>
    public static string? Text(ReadOnlyMemory<byte> text)
    {
        Utf8JsonReader reader = new(text.Span);
        return reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
    }

    /// <summary>The value of a name, the last one as everywhere; empty when there is none.</summary>
    public static ReadOnlyMemory<byte> Find(List<KeyValuePair<string, ReadOnlyMemory<byte>>>? properties, string name) => properties is null ? default : properties.FindLast(property => property.Key == name).Value;

    private static ReadOnlyMemory<byte> Value(ref Utf8JsonReader reader, ReadOnlyMemory<byte> text)
    {
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        return text[start..(int)reader.BytesConsumed];
    }
}
