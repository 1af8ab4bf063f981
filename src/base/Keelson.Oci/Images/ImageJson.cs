using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Keelson.Oci;

/// <summary>How image documents are read and written: strict about what is known, blind to what is not.</summary>
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageConfig))]
[JsonSerializable(typeof(Descriptor))]
internal sealed partial class ImageJson : JsonSerializerContext
{
    private const int MaxProblem = 256;

    /// <summary>The context with our options; those of the generated <c>Default</c> would escape the plus sign of media types.</summary>
    public static ImageJson Strict { get; } = new(new JsonSerializerOptions
    {
        MaxDepth = DocumentLimits.MaxDepth,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new DigestJsonConverter() },
    });

    /// <summary>Reads a document.</summary>
    /// <exception cref="OciFormatException">It is too large, no JSON, or has a property of another type.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type, string document) where T : class
    {
        CheckSize(utf8, document);
        try
        {
            return JsonSerializer.Deserialize(utf8, type) ?? throw new OciFormatException(document, "", "is null");
        }
        catch (JsonException e)
        {
            throw new OciFormatException(document, Path(e), Problem(e));
        }
    }

    /// <summary>Writes a document without white space, its properties in the order of the type.</summary>
    public static byte[] Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    public static void CheckSize(ReadOnlySpan<byte> utf8, string document)
    {
        if (utf8.Length > DocumentLimits.MaxBytes) throw new OciFormatException(document, "", $"is larger than {DocumentLimits.MaxBytes} bytes");
    }

    /// <summary>The cause in one line, without what the path tells already.</summary>
    public static string Problem(Exception e)
    {
        int path = e.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        string text = path < 0 ? e.Message : e.Message[..path];
        // The framework's sentence says which property is missing only after some words of its own.
        return "is not valid: " + string.Concat(text.TrimEnd('.').Take(MaxProblem).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }

    private static string Path(JsonException e) => e.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? SpecReader.Quote(path.AsSpan(2)) : "";
}
