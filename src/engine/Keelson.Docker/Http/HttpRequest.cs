namespace Keelson.Docker.Http;

/// <summary>A request. Its body is bytes, or a stream that is sent in chunks.</summary>
/// <param name="Method">GET, POST, PUT, DELETE or HEAD.</param>
/// <param name="Target">Path and query.</param>
internal sealed record HttpRequest(string Method, string Target)
{
    public ReadOnlyMemory<byte> Body { get; init; }

    public Stream? Source { get; init; }

    public string? ContentType { get; init; }

    public (string Name, string Value)[] Headers { get; init; } = [];

    /// <summary>Asks for the connection itself, as attach and exec do.</summary>
    public bool IsUpgrade { get; init; }
}
