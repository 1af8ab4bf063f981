namespace Keelson.Docker;

/// <summary>Where an engine listens.</summary>
/// <param name="SocketPath">The path of its unix socket.</param>
public sealed record DockerHost(string SocketPath)
{
    /// <summary>Where keelsond serves the Docker Engine API.</summary>
    public const string DefaultSocket = "/run/keelson/docker.sock";

    private const string UnixScheme = "unix://";

    /// <summary>As people and the environment write it.</summary>
    public override string ToString() => UnixScheme + SocketPath;

    /// <summary>Takes what was asked for, else KEELSON_HOST, else DOCKER_HOST, else <see cref="DefaultSocket"/>.</summary>
    /// <param name="asked"><c>unix:///path</c> or a path; <see langword="null"/> or empty asks the environment.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it is no unix socket.</exception>
    public static DockerHost Resolve(string? asked)
    {
        foreach (string? candidate in (ReadOnlySpan<string?>)[asked, Environment.GetEnvironmentVariable("KEELSON_HOST"), Environment.GetEnvironmentVariable("DOCKER_HOST")])
            if (!string.IsNullOrEmpty(candidate))
                return Parse(candidate);
        return new(DefaultSocket);
    }

    /// <summary>Reads an address.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no unix socket.</exception>
    public static DockerHost Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string path = text.StartsWith(UnixScheme, StringComparison.Ordinal) ? text[UnixScheme.Length..] : text;
        if (!path.StartsWith('/')) throw new KeelsonException(ErrorKind.InvalidArgument, $"connect to {text}: only unix sockets are supported, as unix:///path");
        return new(path);
    }
}
