using System.Text;

namespace Keelson.Tuf;

/// <summary>Names as one segment of a URL, and as one name of a file.</summary>
internal static class PercentName
{
    /// <summary>Encodes all but the unreserved characters of RFC 3986 section 2.3, so that no slash, mark or step upwards is left.</summary>
    public static string Encode(string name)
    {
        StringBuilder encoded = new(name.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            char c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~') encoded.Append(c);
            else encoded.Append('%').Append(b.ToString("X2"));
        }
        return encoded.ToString();
    }
}
