namespace Keelson.DockerApi.Access;

/// <summary>What the clients of a socket may do.</summary>
/// <param name="Socket">The socket, for messages: a path, or an address with a port.</param>
public sealed record SocketRights(string Socket)
{
    /// <summary>Whether nothing can be changed.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether a socket that is read-only hands content out: logs, files, layers.</summary>
    public bool HasStreams { get; init; }

    /// <summary>Whether a socket that is read-only tells the values of containers' variables.</summary>
    public bool ShowsEnvironment { get; init; }

    /// <summary>The label of the containers that there are for its clients; <see langword="null"/>: all.</summary>
    public KeyValuePair<string, string>? Label { get; init; }

    /// <summary>What containers that are made through a socket with a label may ask for in spite of it: some of <see cref="Permits.Names"/>.</summary>
    public IReadOnlyCollection<string> Allowed { get; init; } = [];

    /// <summary>Whether there is any limit.</summary>
    public bool IsLimited => IsReadOnly || Label is not null;
}
