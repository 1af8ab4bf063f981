using System.Globalization;
using System.Net;

namespace Keelson.Network.Ipam;

/// <summary>An address and the length of its network's prefix, as people write them: <c>10.1.0.1/24</c>. RFC 4632 section 3.1.</summary>
public static class SubnetText
{
    /// <summary>Reads both.</summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The address as it is written.</param>
    /// <param name="network">The network that it is in.</param>
    /// <returns>Whether it is so.</returns>
    public static bool TryParse(string? text, out IPAddress address, out IPNetwork network)
    {
        (address, network) = (IPAddress.Any, default);
        int slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0 || !IPAddress.TryParse(text.AsSpan(0, slash), out IPAddress? parsed) || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int length)) return false;
        byte[] bytes = parsed.GetAddressBytes();
        if (length > bytes.Length * 8) return false;
        for (int i = 0; i < bytes.Length; i++) bytes[i] &= (byte)(0xff00 >> Math.Clamp(length - i * 8, 0, 8));
        (address, network) = (parsed, new(new IPAddress(bytes), length));
        return true;
    }
}
