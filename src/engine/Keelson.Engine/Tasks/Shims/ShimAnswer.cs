using System.Text;
using System.Text.Json;

namespace Keelson.Engine.Tasks.Shims;

/// <summary>What a shim's <c>start</c> prints: an address, or since containerd 1.7 an object with <c>version</c>, <c>address</c> and <c>protocol</c>.</summary>
internal static class ShimAnswer
{
    /// <summary>The address in an answer.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is neither. Unsupported: the shim speaks another version or protocol than the second one over ttrpc, or has an abstract name.</exception>
    public static string Address(ReadOnlySpan<byte> answer)
    {
        string text = Encoding.UTF8.GetString(answer).Trim();
        string address = text.StartsWith('{') ? FromJson(text) : text;
        if (address.StartsWith("unix:///", StringComparison.Ordinal) && !address.AsSpan().ContainsAny('\n', '\0', ' ')) return address;
        // An abstract name has no permissions (CVE-2020-15257).
        throw new KeelsonException(ErrorKind.InvalidArgument, $"start shim: its answer '{text[..Math.Min(text.Length, 200)]}' is no unix:// address of a file");
    }

    private static string FromJson(string text)
    {
        string address = "", protocol = "ttrpc", property = "";
        int version = 2;
        try
        {
            Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(text));
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName) property = reader.GetString()!;
                else if (reader.TokenType == JsonTokenType.String && property == "address") address = reader.GetString()!;
                else if (reader.TokenType == JsonTokenType.String && property == "protocol") protocol = reader.GetString()!;
                else if (reader.TokenType == JsonTokenType.Number && property == "version") version = reader.GetInt32();
            }
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"start shim: its answer '{text[..Math.Min(text.Length, 200)]}' is no JSON", e);
        }
        if (version != 2 || protocol != "ttrpc") throw new KeelsonException(ErrorKind.Unsupported, $"start shim: it speaks version {version} over {protocol}, not version 2 over ttrpc");
        return address;
    }
}
