namespace Keelson.Cli.Commands.Images;

/// <summary>Names of images as people write them.</summary>
internal static class ImageName
{
    /// <summary>Repository, and tag or digest where there is one.</summary>
    public static (string Repository, string? Tag) Split(string name)
    {
        int at = name.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0) return (name[..at], name[(at + 1)..]);
        int colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? (name[..colon], name[(colon + 1)..]) : (name, null);
    }

    /// <summary>The name with <c>latest</c> when it has neither tag nor digest.</summary>
    public static string WithTag(string name) => Split(name).Tag is null ? name + ":latest" : name;

    /// <summary>The registry: the first part when it looks like a host, else docker.io.</summary>
    public static string Registry(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string first = slash < 0 ? "" : name[..slash];
        bool isHost = first.AsSpan().ContainsAny('.', ':') || first == "localhost";
        return isHost && first is not ("index.docker.io" or "docker.io") ? first : "docker.io";
    }

    /// <summary>The whole name, with registry and tag: <c>docker.io/library/busybox:latest</c>.</summary>
    public static string Full(string name)
    {
        string registry = Registry(name), rest = name;
        foreach (string prefix in (ReadOnlySpan<string>)[registry + "/", "index.docker.io/"])
            if (rest.StartsWith(prefix, StringComparison.Ordinal)) rest = rest[prefix.Length..];
        if (registry == "docker.io" && !Split(rest).Repository.Contains('/', StringComparison.Ordinal)) rest = "library/" + rest;
        return WithTag($"{registry}/{rest}");
    }
}
