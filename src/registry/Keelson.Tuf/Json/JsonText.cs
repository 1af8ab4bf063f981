using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keelson.Tuf;

/// <summary>Trees as files.</summary>
internal static class JsonText
{
    public static byte[] Write(JsonNode node)
    {
        ArrayBufferWriter<byte> output = new(1024);
        // Metadata never stands inside of HTML, so nothing needs an escape for its sake.
        using (Utf8JsonWriter writer = new(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) node.WriteTo(writer);
        return output.WrittenSpan.ContainsAny("<>&"u8) ? EscapeMarkup(output.WrittenSpan) : output.WrittenSpan.ToArray();
    }

    /// <summary>Go escapes these three, and notary's server compares bytes with those that Go wrote. They stand in strings alone.</summary>
    private static byte[] EscapeMarkup(ReadOnlySpan<byte> json)
    {
        ArrayBufferWriter<byte> output = new(json.Length + 64);
        while (json.IndexOfAny("<>&"u8) is >= 0 and int at)
        {
            output.Write(json[..at]);
            output.Write(json[at] switch { (byte)'<' => "\\u003c"u8, (byte)'>' => "\\u003e"u8, _ => "\\u0026"u8 });
            json = json[(at + 1)..];
        }
        output.Write(json);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A tree that can be changed. JSON of <see cref="TufJson"/> alone.</summary>
    public static JsonObject Object(JsonElement element) => JsonObject.Create(element.Clone())!;
}
