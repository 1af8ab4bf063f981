using System.Net;
using System.Text.Json;
using Keelson.Network.Ipam;

namespace Keelson.Cni;

/// <summary>Reads JSON of others, and says what of it is not as it should be.</summary>
internal static class CniJson
{
    /// <summary>Longest text that is read.</summary>
    public const int LimitBytes = 1 << 20;

    /// <summary>Most entries of one array.</summary>
    private const int EntryLimit = 1024;

    private const int DepthLimit = 32;

    /// <summary>Reads an object. One name twice is refused: two readers would see two configurations.</summary>
    /// <exception cref="CniException">CannotDecode: it is none.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> text, string what)
    {
        if (text.Length > LimitBytes) throw Wrong($"{what}: it is longer than {LimitBytes} bytes");
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new() { MaxDepth = DepthLimit, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Wrong($"{what}: it is no object");
            CheckTexts(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw Wrong($"{what}: it is no JSON", e);
        }
        catch (InvalidOperationException e)
        {
            // The reader lets bytes that are no UTF-8, and halves of pairs of surrogates, pass until somebody asks for them.
            throw Wrong($"{what}: there is something in it that is no text", e);
        }
    }

    /// <summary>Asks for all names and texts once, so that nobody who does later is surprised.</summary>
    private static void CheckTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    _ = property.Name;
                    CheckTexts(property.Value);
                }
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray()) CheckTexts(item);
                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }

    extension(JsonElement element)
    {
        /// <summary>A member; <see langword="null"/>: there is none, or it is null.</summary>
        public JsonElement? Member(string name) => element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

        /// <summary>A text; <see langword="null"/>: there is none.</summary>
        public string? Text(string name) => element.Member(name) is not { } value ? null : TextOf(value, name);

        /// <summary>Whether something is so.</summary>
        public bool Switch(string name, bool otherwise = false) => element.Member(name) is not { } value ? otherwise
            : value.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => throw Wrong($"{name}: it is neither true nor false") };

        /// <summary>A number from 0 on; <see langword="null"/>: there is none.</summary>
        public ulong? Number(string name, ulong most) => element.Member(name) is not { } value ? null
            : value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number) && number <= most ? number : throw Wrong($"{name}: it is no whole number from 0 to {most}");

        /// <summary>An object; <see langword="null"/>: there is none.</summary>
        public JsonElement? Part(string name) => element.Member(name) is not { } value ? null : value.ValueKind == JsonValueKind.Object ? value : throw Wrong($"{name}: it is no object");

        /// <summary>Objects of an array; none when there is no array.</summary>
        public List<JsonElement> Parts(string name)
        {
            List<JsonElement> all = [];
            foreach (JsonElement item in element.Items(name)) all.Add(item.ValueKind == JsonValueKind.Object ? item : throw Wrong($"{name}: there is something else than objects in it"));
            return all;
        }

        /// <summary>Texts of an array; none when there is no array.</summary>
        public List<string> Texts(string name)
        {
            List<string> all = [];
            foreach (JsonElement item in element.Items(name)) all.Add(TextOf(item, name));
            return all;
        }

        /// <summary>What is in an array; nothing when there is none.</summary>
        public List<JsonElement> Items(string name)
        {
            if (element.Member(name) is not { } value) return [];
            if (value.ValueKind != JsonValueKind.Array) throw Wrong($"{name}: it is no array");
            return value.GetArrayLength() <= EntryLimit ? [.. value.EnumerateArray()] : throw Wrong($"{name}: there are more than {EntryLimit} entries");
        }

        /// <summary>An address; <see langword="null"/>: there is none, or its text is empty.</summary>
        public IPAddress? Address(string name) => element.Text(name) is not { Length: > 0 } text ? null : AddressOf(text, name);
    }

    /// <summary>An address as it is written.</summary>
    public static IPAddress AddressOf(string text, string name) => IPAddress.TryParse(text, out IPAddress? address) && !text.Contains('%', StringComparison.Ordinal) ? address : throw Wrong($"{name}: '{text}' is no address");

    /// <summary>An address with the length of its network's prefix.</summary>
    public static (IPAddress Address, IPNetwork Network) SubnetOf(string? text, string name) =>
        SubnetText.TryParse(text, out IPAddress address, out IPNetwork network) ? (address, network) : throw Wrong($"{name}: '{text}' is no address with the length of a prefix");

    /// <summary>What is not as it should be.</summary>
    public static CniException Wrong(string message, Exception? inner = null) => new(CniErrorCode.CannotDecode, message, inner);

    private static string TextOf(JsonElement value, string name) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong($"{name}: it is no text");
}
