using System.Text;
using System.Text.Json;

namespace Keelson.Cni;

/// <summary>Errors as text. CNI 1.1 "Error".</summary>
internal static class CniErrorText
{
    /// <summary>Longest text of an error that is passed on.</summary>
    private const int LimitChars = 1000;

    /// <summary>Writes an error.</summary>
    public static byte[] Write(CniErrorCode code, string message, string details, string version)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text))
        {
            writer.WriteStartObject();
            writer.WriteString("cniVersion", version);
            writer.WriteNumber("code", (int)code);
            writer.WriteString("msg", message);
            if (details.Length > 0) writer.WriteString("details", details);
            writer.WriteEndObject();
        }
        return text.ToArray();
    }

    /// <summary>Reads what a plug-in that has failed wrote.</summary>
    /// <returns>Its number and words; <see langword="null"/>: it wrote no error.</returns>
    public static (CniErrorCode Code, string Words)? Read(ReadOnlyMemory<byte> text)
    {
        try
        {
            JsonElement error = CniJson.Parse(text, "error");
            if (error.Text("msg") is not { } message) return null;
            string words = error.Text("details") is { Length: > 0 } details ? $"{message}; {details}" : message;
            return ((CniErrorCode)(error.Number("code", int.MaxValue) ?? (ulong)CniErrorCode.Internal), Shorten(words));
        }
        catch (CniException)
        {
            return null;
        }
    }

    /// <summary>A text of others, in one line and not too long.</summary>
    public static string Shorten(string text)
    {
        StringBuilder line = new();
        foreach (char letter in text.Trim().Take(LimitChars)) line.Append(char.IsControl(letter) ? ' ' : letter);
        return line.ToString();
    }
}
