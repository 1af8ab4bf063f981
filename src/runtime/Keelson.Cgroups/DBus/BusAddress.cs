using System.Globalization;
using System.Text;

namespace Keelson.Cgroups.DBus;

/// <summary>Finds a socket in a list of server addresses. D-Bus specification "Server Addresses".</summary>
internal static class BusAddress
{
    /// <summary>The paths of a list such as <c>unix:path=/run/user/1000/bus,guid=…;unix:abstract=…</c>; other transports are passed over.</summary>
    public static List<string> Paths(string addresses)
    {
        List<string> paths = [];
        foreach (string address in addresses.Split(';'))
        {
            if (!address.StartsWith("unix:", StringComparison.Ordinal)) continue;
            foreach (string pair in address[5..].Split(','))
                if (pair.StartsWith("path=", StringComparison.Ordinal))
                    paths.Add(Unescape(pair[5..]));
        }
        return paths;
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('%')) return text;
        List<byte> bytes = [];
        byte[] raw = Encoding.UTF8.GetBytes(text);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '%' && i + 2 < raw.Length && byte.TryParse(raw.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, null, out byte value))
            {
                bytes.Add(value);
                i += 2;
            }
            else bytes.Add(raw[i]);
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
