using System.Text.Json;

namespace Keelson.Tuf;

/// <summary>Members of objects, with the error that says which one is wrong.</summary>
internal static class JsonMembers
{
    public static JsonElement Member(this JsonElement element, string name, JsonValueKind kind) =>
        element.Optional(name, kind) ?? throw Malformed($"{name} is missing");

    /// <summary>A member, or null when it is absent or the null of JSON.</summary>
    public static JsonElement? Optional(this JsonElement element, string name, JsonValueKind kind)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Malformed($"no object holds {name}");
        if (!element.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return null;
        return value.ValueKind == kind ? value : throw Malformed($"{name} is {value.ValueKind} and not {kind}");
    }

    public static string Text(this JsonElement element, string name) => element.Member(name, JsonValueKind.String).GetString()!;

    public static string? OptionalText(this JsonElement element, string name) => element.Optional(name, JsonValueKind.String)?.GetString();

    public static long Integer(this JsonElement element, string name, long least) =>
        Checked(element.Member(name, JsonValueKind.Number), name, least);

    public static long? OptionalInteger(this JsonElement element, string name, long least) =>
        element.Optional(name, JsonValueKind.Number) is { } value ? Checked(value, name, least) : null;

    public static bool Flag(this JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out JsonElement value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False) return false;
        return value.ValueKind == JsonValueKind.True ? true : throw Malformed($"{name} is {value.ValueKind} and not a boolean");
    }

    public static string[] Texts(this JsonElement array, string name)
    {
        string[] texts = new string[array.GetArrayLength()];
        int i = 0;
        foreach (JsonElement item in array.EnumerateArray())
            texts[i++] = item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Malformed($"{name} holds something that is not a string");
        return texts;
    }

    public static TufException Malformed(string cause, Exception? inner = null) => new(TufFault.Malformed, "read metadata: " + cause, inner);

    private static long Checked(JsonElement value, string name, long least) =>
        value.TryGetInt64(out long number) && number >= least ? number : throw Malformed($"{name} is below {least}");
}
