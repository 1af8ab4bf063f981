namespace Keelson.DockerApi.Http;

/// <summary>An answer that is an error: a status, and docker's words in <c>{"message":…}</c>.</summary>
internal sealed class ApiException(int status, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The request itself is wrong.</summary>
    public static ApiException BadRequest(string message) => new(400, message);

    /// <summary>What it names is not there.</summary>
    public static ApiException NotFound(string message) => new(404, message);

    /// <summary>The object is in another state than the request needs.</summary>
    public static ApiException Conflict(string message) => new(409, message);

    /// <summary>The engine does not have this part of the API.</summary>
    public static ApiException NotImplemented(string message) => new(501, message);
}
