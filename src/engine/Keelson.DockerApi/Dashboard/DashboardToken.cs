using System.Security.Cryptography;
using System.Text;

namespace Keelson.DockerApi.Dashboard;

/// <summary>What lets a browser in: made anew at each start of the daemon, and known to who may read the file that it stands in.</summary>
/// <remarks>
/// A browser shows a cookie to every port of a host, so also to what a container publishes on the loopback device. So the cookie is not the token, and it is not enough: besides, each request
/// has a key that the page keeps where only pages of its own port read it.
/// <code>
///   /?token=TOKEN  ──►  Set-Cookie: COOKIE, Location: /#KEY      the part behind # is sent to nobody
///   the page       ──►  COOKIE
///   the engine     ──►  COOKIE and KEY
/// </code>
/// </remarks>
public sealed class DashboardToken
{
    private const int Bytes = 32;

    private readonly byte[] token, cookie, key;

    private DashboardToken(byte[] secret)
    {
        Text = Convert.ToHexStringLower(secret);
        Cookie = Derive(secret, "cookie");
        Key = Derive(secret, "key");
        (token, cookie, key) = (Encoding.ASCII.GetBytes(Text), Encoding.ASCII.GetBytes(Cookie), Encoding.ASCII.GetBytes(Key));
    }

    /// <summary>The token as it stands in an address: 256 bits in hexadecimal digits.</summary>
    public string Text { get; }

    /// <summary>What the cookie holds.</summary>
    internal string Cookie { get; }

    /// <summary>What the page shows besides.</summary>
    internal string Key { get; }

    /// <summary>A new one.</summary>
    public static DashboardToken Make() => new(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Whether a text is the token. Like the next two, it takes the same time however much of the text is right.</summary>
    internal bool IsToken(string? text) => IsSame(token, text);

    /// <summary>Whether a text is what the cookie holds.</summary>
    internal bool IsCookie(string? text) => IsSame(cookie, text);

    /// <summary>Whether a text is the key.</summary>
    internal bool IsKey(string? text) => IsSame(key, text);

    private static string Derive(byte[] secret, string purpose) => Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(purpose)));

    private static bool IsSame(byte[] expected, string? text) => text is not null && CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(text));
}
