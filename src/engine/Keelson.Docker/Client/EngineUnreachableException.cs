namespace Keelson.Docker;

/// <summary>No engine answers at the address.</summary>
public sealed class EngineUnreachableException : KeelsonException
{
    /// <summary>Makes the error.</summary>
    /// <param name="host">Where the engine should be.</param>
    /// <param name="kind">Unavailable when it is not running, PermissionDenied when it may not be asked.</param>
    /// <param name="message">Operation, object, cause.</param>
    public EngineUnreachableException(DockerHost host, ErrorKind kind, string message) : base(kind, message) => Host = host;

    /// <summary>Where the engine should be.</summary>
    public DockerHost Host { get; }
}
