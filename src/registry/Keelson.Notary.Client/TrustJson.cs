using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keelson.Notary.Client;

/// <summary>Trees of JSON as files, without escapes that nobody needs.</summary>
internal static class TrustJson
{
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = JsonTypeInfoResolverOf };

    private static System.Text.Json.Serialization.Metadata.IJsonTypeInfoResolver JsonTypeInfoResolverOf => System.Text.Json.Serialization.Metadata.JsonTypeInfoResolver.Combine();

    public static byte[] Write(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString(Options));

    /// <summary>Reads an object strictly: no repeated members, no deep nesting.</summary>
    /// <exception cref="TufException">Malformed.</exception>
    public static JsonObject Object(ReadOnlyMemory<byte> bytes, string what) =>
        TufJson.Parse(bytes) is { ValueKind: JsonValueKind.Object } element ? JsonObject.Create(element)! : throw new KeelsonException(ErrorKind.InvalidArgument, $"read {what}: not an object");

    /// <summary>What is signed in a metadata file, to be changed.</summary>
    public static JsonObject Signed(ReadOnlyMemory<byte> file) => Object(file, "metadata")["signed"]!.DeepClone().AsObject();

    public static JsonArray Texts(IEnumerable<string> texts)
    {
        JsonArray array = [];
        foreach (string text in texts) array.Add((JsonNode)text);
        return array;
    }
}
