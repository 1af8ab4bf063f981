namespace Keelson.DockerApi.Authorization;

/// <summary>What a plug-in for authorization is asked, before an operation and after it. Docker Engine "Access authorization plugin".</summary>
internal sealed record AuthorizationMessage
{
    /// <summary>The name in the client's certificate; empty without one.</summary>
    public required string User { get; init; }

    /// <summary><c>TLS</c>, or empty.</summary>
    public required string UserAuthNMethod { get; init; }

    /// <summary>The method.</summary>
    public required string RequestMethod { get; init; }

    /// <summary>Path and parameters, the path as the table of routes takes it: without dot segments, and nothing encoded that need not be.</summary>
    public required string RequestUri { get; init; }

    /// <summary>The body, when it is JSON.</summary>
    public byte[]? RequestBody { get; init; }

    /// <summary>Headers without those that carry passwords of registries, the first value of each.</summary>
    public required IReadOnlyDictionary<string, string> RequestHeaders { get; init; }

    /// <summary>The client's certificate, PEM.</summary>
    public IReadOnlyList<byte[]>? RequestPeerCertificates { get; init; }

    /// <summary>The answer's status, afterwards.</summary>
    public int? ResponseStatusCode { get; init; }

    /// <summary>The answer's body when it is JSON, afterwards.</summary>
    public byte[]? ResponseBody { get; init; }

    /// <summary>The answer's headers, afterwards.</summary>
    public IReadOnlyDictionary<string, string>? ResponseHeaders { get; init; }
}
