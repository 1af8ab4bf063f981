using System.Globalization;
using System.Text;

namespace Keelson.Hosting.Grpc;

/// <summary>The encoding of the header <c>grpc-message</c>: UTF-8, in which all but printable ASCII and the percent sign itself are written as %XX.</summary>
internal static class PercentEncoding
{
    public static string Encode(string text)
    {
        if (text.All(c => c is >= ' ' and <= '~' and not '%')) return text;
        StringBuilder encoded = new();
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            if (value is >= 0x20 and <= 0x7e and not (byte)'%') encoded.Append((char)value);
            else encoded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }
        return encoded.ToString();
    }
}
