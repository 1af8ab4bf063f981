using System.Net;

namespace Keelson.Engine.Containers;

/// <summary>What a container's networks add to its names.</summary>
internal sealed record NetworkNames
{
    /// <summary>Of a container that has no networks of its own.</summary>
    public static readonly NetworkNames None = new();

    /// <summary>Whether it has networks of its own.</summary>
    public bool HasOwn { get; init; }

    /// <summary>Whether it asks the engine for names.</summary>
    public bool IsServed { get; init; }

    /// <summary>Its own addresses.</summary>
    public IReadOnlyList<IPAddress> Own { get; init; } = [];

    /// <summary>Addresses of containers that it is linked to, and their names with spaces between.</summary>
    public IReadOnlyList<(IPAddress Address, string Names)> Others { get; init; } = [];

    /// <summary>The host's address; <see langword="null"/>: there is none.</summary>
    public IPAddress? HostGateway { get; init; }
}
