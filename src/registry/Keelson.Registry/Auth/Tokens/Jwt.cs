using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Keelson.Registry.Auth;

/// <summary>A signed token, taken apart and not yet believed. RFC 7515 section 3.1, RFC 7519.</summary>
/// <remarks><c>BASE64URL(header) . BASE64URL(claims) . BASE64URL(signature)</c>, where the signature is over the first two with the dot.</remarks>
internal sealed class Jwt : IDisposable
{
    /// <summary>Longest token: 16 KiB. The largest that are known, with a chain of certificates and a hundred scopes, have 8.</summary>
    public const int MaxChars = 16 << 10;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    private Jwt(JsonDocument header, JsonDocument claims, byte[] signed, byte[] signature) => (Header, Claims, Signed, Signature) = (header, claims, signed, signature);

    public JsonDocument Header { get; }

    public JsonDocument Claims { get; }

    /// <summary>What the signature is over.</summary>
    public byte[] Signed { get; }

    public byte[] Signature { get; }

    /// <summary>Takes a token apart.</summary>
    /// <param name="text">The token.</param>
    /// <param name="reason">Why it cannot be.</param>
    public static Jwt? TryParse(ReadOnlySpan<char> text, out string reason)
    {
        reason = "it is too long";
        if (text.Length > MaxChars) return null;
        reason = "it is not of three parts";
        int first = text.IndexOf('.'), last = text.LastIndexOf('.');
        if (first <= 0 || last <= first + 1 || last == text.Length - 1 || text[(first + 1)..last].Contains('.')) return null;
        reason = "a part is not base64url";
        if (!TryDecode(text[..first], out byte[] header) || !TryDecode(text[(first + 1)..last], out byte[] claims) || !TryDecode(text[(last + 1)..], out byte[] signature)) return null;
        reason = "a part is not a JSON object without duplicate names";
        JsonDocument? headerObject = TryObject(header);
        JsonDocument? claimsObject = headerObject is null ? null : TryObject(claims);
        if (claimsObject is null)
        {
            headerObject?.Dispose();
            return null;
        }
        byte[] signed = new byte[last];
        Encoding.ASCII.GetBytes(text[..last], signed);
        reason = "";
        return new(headerObject!, claimsObject, signed, signature);
    }

    /// <summary>Decodes base64url, and takes one spelling of the bytes alone: without padding, white space and loose bits.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        foreach (char c in text)
            if (!(char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
                return false;
        if (text.Length % 4 == 1) return false;
        byte[] decoded = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        // The method that is called Try throws.
        if (Base64Url.DecodeFromChars(text, decoded, out _, out int count) != OperationStatus.Done) return false;
        Array.Resize(ref decoded, count);
        if (!text.SequenceEqual(Base64Url.EncodeToString(decoded))) return false;
        bytes = decoded;
        return true;
    }

    /// <summary>A text of an object; <see langword="null"/> when it is missing or no text.</summary>
    public static string? Text(JsonElement from, string name) =>
        from.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public void Dispose()
    {
        Header.Dispose();
        Claims.Dispose();
    }

    public override string ToString() => "token";

    private static JsonDocument? TryObject(byte[] json)
    {
        if (!Utf8.IsValid(json)) return null;
        try
        {
            JsonDocument document = JsonDocument.Parse(json, Strict);
            // A surrogate without its half is found when the text is asked for, so all texts are, once.
            if (document.RootElement.ValueKind == JsonValueKind.Object && HasWholeTexts(document.RootElement)) return document;
            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool HasWholeTexts(JsonElement element)
    {
        try
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.String:
                    _ = element.GetString();
                    return true;
                case JsonValueKind.Array:
                    foreach (JsonElement item in element.EnumerateArray())
                        if (!HasWholeTexts(item)) return false;
                    return true;
                case JsonValueKind.Object:
                    foreach (JsonProperty property in element.EnumerateObject())
                        if (property.Name.Length < 0 || !HasWholeTexts(property.Value)) return false;
                    return true;
                default:
                    return true;
            }
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
