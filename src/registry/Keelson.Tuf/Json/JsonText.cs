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
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A tree that can be changed. JSON of <see cref="TufJson"/> alone.</summary>
    public static JsonObject Object(JsonElement element) => JsonObject.Create(element.Clone())!;
}
