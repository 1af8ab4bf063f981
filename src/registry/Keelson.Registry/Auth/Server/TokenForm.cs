using System.Text;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>Fields of a query or a form: <c>a=1&amp;b=2</c>. HTML "application/x-www-form-urlencoded".</summary>
internal sealed class TokenForm
{
    /// <summary>Longest form: 64 KiB.</summary>
    public const int MaxBytes = 64 << 10;

    private const int MaxFields = 128;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private readonly List<(string Name, string Value)> fields = [];

    /// <summary>All values of a field.</summary>
    public IEnumerable<string> All(string name) => fields.Where(field => field.Name == name).Select(field => field.Value);

    /// <summary>The value of a field; <see langword="null"/> when it is missing.</summary>
    public string? One(string name) => All(name).FirstOrDefault();

    /// <summary>Whether a field is there more than once that has one value. RFC 6749 section 3.2 forbids it.</summary>
    public bool IsAmbiguous => fields.GroupBy(one => one.Name).Any(same => same.Key != "scope" && same.Count() > 1);

    /// <summary>Reads fields; <see langword="null"/> when they are not of this form, or too many.</summary>
    public static TokenForm? TryParse(ReadOnlySpan<char> text)
    {
        TokenForm form = new();
        if (text.Length > MaxBytes) return null;
        foreach (Range range in text.Split('&'))
        {
            ReadOnlySpan<char> field = text[range];
            if (field.IsEmpty) continue;
            int equals = field.IndexOf('=');
            if (form.fields.Count == MaxFields) return null;
            string? name = Decode(equals < 0 ? field : field[..equals]), value = equals < 0 ? "" : Decode(field[(equals + 1)..]);
            if (name is null || value is null) return null;
            form.fields.Add((name, value));
        }
        return form;
    }

    /// <summary>Reads the body of a request.</summary>
    public static async Task<TokenForm?> TryReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentType is not { } type || !type.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)) return null;
        byte[] body = new byte[MaxBytes + 1];
        int count = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        return count > MaxBytes ? null : TryParse(Encoding.Latin1.GetString(body, 0, count));
    }

    public override string ToString() => "form";

    private static string? Decode(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[text.Length * 3];
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%') count += Encoding.UTF8.GetBytes([text[i] == '+' ? ' ' : text[i]], bytes.AsSpan(count));
            else if (i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes[count++] = Convert.FromHexString(text.Slice(i + 1, 2))[0];
                i += 2;
            }
            else return null;
        }
        try
        {
            return Strict.GetString(bytes, 0, count);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
