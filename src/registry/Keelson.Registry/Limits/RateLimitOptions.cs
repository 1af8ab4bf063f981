namespace Keelson.Registry.Limits;

/// <summary>How often clients may ask. Reads are GET and HEAD, writes all else; what is not limited is <see langword="null"/>.</summary>
public sealed record RateLimitOptions
{
    /// <summary>Reads of an address, an IPv6 network of 64 bits being one; also of those who are refused, so that passwords cannot be tried at will.</summary>
    public RateLimit? AddressReads { get; init; }

    /// <summary>Writes of an address.</summary>
    public RateLimit? AddressWrites { get; init; }

    /// <summary>Reads of a user, from wherever; counted when it is known that it is this one.</summary>
    public RateLimit? UserReads { get; init; }

    /// <summary>Writes of a user.</summary>
    public RateLimit? UserWrites { get; init; }

    /// <summary>Whether the address is the last one of <c>X-Forwarded-For</c>: for a registry that only a proxy can reach, which sets it.</summary>
    public bool TrustsForwarded { get; init; }

    /// <summary>Of so many addresses, and users, the rates are remembered, some 150 bytes each; those that asked longest ago are forgotten first: 65,536.</summary>
    public int BucketCount { get; init; } = 65_536;
}
