using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Limits;

/// <summary>Turns away who asks too often: 429 TOOMANYREQUESTS with <c>Retry-After</c>, RFC 6585 section 4.</summary>
internal sealed class RateLimiter
{
    private readonly RateLimitOptions options;
    private readonly TokenBuckets? addressReads, addressWrites, userReads, userWrites;

    public RateLimiter(RateLimitOptions options, TimeProvider time)
    {
        this.options = options;
        TokenBuckets? Of(RateLimit? limit) => limit is null ? null : new(limit, options.BucketCount, time);
        (addressReads, addressWrites, userReads, userWrites) = (Of(options.AddressReads), Of(options.AddressWrites), Of(options.UserReads), Of(options.UserWrites));
    }

    /// <summary>A request has come; nobody has looked at it yet.</summary>
    /// <exception cref="RegistryFault">TOOMANYREQUESTS.</exception>
    public void CheckAddress(HttpContext http)
    {
        if ((IsRead(http) ? addressReads : addressWrites) is { } buckets) Take(buckets, AddressOf(http));
    }

    /// <summary>It is known who asks.</summary>
    /// <exception cref="RegistryFault">TOOMANYREQUESTS.</exception>
    public void CheckUser(HttpContext http, string user)
    {
        if (user.Length > 0 && (IsRead(http) ? userReads : userWrites) is { } buckets) Take(buckets, user);
    }

    private static void Take(TokenBuckets buckets, string name)
    {
        if (buckets.TryTake(name) is not { } wait) return;
        string seconds = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        throw new RegistryFault(RegistryErrorCode.TooManyRequests, $"too many requests; try again in {seconds} s") { Headers = [new("Retry-After", seconds)] };
    }

    private string AddressOf(HttpContext http)
    {
        IPAddress? address = http.Connection.RemoteIpAddress;
        if (options.TrustsForwarded && http.Request.Headers["X-Forwarded-For"] is [.., { } last] && IPAddress.TryParse(last.AsSpan(last.LastIndexOf(',') + 1).Trim(), out IPAddress? forwarded)) address = forwarded;
        // A socket of this machine has none.
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes(), 0, 8) : address.ToString();
    }

    private static bool IsRead(HttpContext http) => HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
}
