using System.Text.Json.Serialization;

namespace Keelson.DockerApi.Audit;

/// <summary>One line of the audit log. Parameters, bodies and headers are not in it: they may hold secrets.</summary>
internal sealed record AuditLine
{
    /// <summary>When the request came.</summary>
    [JsonPropertyName("time")]
    public required DateTimeOffset Time { get; init; }

    /// <summary>The socket that it came to.</summary>
    [JsonPropertyName("socket")]
    public required string Socket { get; init; }

    /// <summary>User of the process that connected. unix(7) SO_PEERCRED.</summary>
    [JsonPropertyName("uid")]
    public uint? Uid { get; init; }

    /// <summary>Its group.</summary>
    [JsonPropertyName("gid")]
    public uint? Gid { get; init; }

    /// <summary>The process.</summary>
    [JsonPropertyName("pid")]
    public int? Pid { get; init; }

    /// <summary>Whom the certificate of a client of TLS is for.</summary>
    [JsonPropertyName("subject")]
    public string? Subject { get; init; }

    /// <summary>The method.</summary>
    [JsonPropertyName("method")]
    public required string Method { get; init; }

    /// <summary>The path, without parameters.</summary>
    [JsonPropertyName("path")]
    public required string Path { get; init; }

    /// <summary>The answer's status; 101 where the connection was taken over, 0 where there was none.</summary>
    [JsonPropertyName("status")]
    public required int Status { get; init; }

    /// <summary>The container.</summary>
    [JsonPropertyName("container")]
    public string? Container { get; init; }

    /// <summary>Program and arguments of an exec.</summary>
    [JsonPropertyName("exec")]
    public IReadOnlyList<string>? Exec { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    [JsonPropertyName("ms")]
    public required double Milliseconds { get; init; }
}
