using Keelson.DockerApi.Access;

namespace Keelson.Daemon.Configuration;

/// <summary>The keys of a table that say what the clients of a socket may do.</summary>
/// <remarks>
/// <code>
/// rights = "full"          or "read-only"
/// streams = false          of a read-only one: logs, files and layers too
/// environment = false      of a read-only one: values of containers' variables too
/// label = "key=value"      these containers alone
/// allow = []               what containers made through it may ask for: Permits.Names
/// </code>
/// </remarks>
internal static class DockerRights
{
    /// <summary>Reads them.</summary>
    /// <param name="section">The table.</param>
    /// <param name="socket">The socket, for messages.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a key has a wrong value.</exception>
    public static SocketRights Read(ConfigSection section, string socket)
    {
        bool isReadOnly = section.Text("rights") switch { null or "full" => false, "read-only" => true, string other => throw section.Wrong("rights", $"'{other}' is neither full nor read-only") };
        bool streams = section.Switch("streams", false), environment = section.Switch("environment", false);
        if (!isReadOnly && (streams || environment)) throw section.Wrong(streams ? "streams" : "environment", "is for sockets with rights = \"read-only\"; others have it");
        KeyValuePair<string, string>? label = section.Text("label") is { } text ? Label(section, text) : null;
        IReadOnlyList<string> allowed = section.Texts("allow");
        if (allowed.FirstOrDefault(name => !Permits.Names.Contains(name)) is { } unknown) throw section.Wrong("allow", $"'{unknown}' is none of {string.Join(", ", Permits.Names)}");
        if (allowed.Count > 0 && label is null) throw section.Wrong("allow", "is for sockets with a label; others allow all");
        return new(socket) { IsReadOnly = isReadOnly, HasStreams = streams, ShowsEnvironment = environment, Label = label, Allowed = allowed };
    }

    private static KeyValuePair<string, string> Label(ConfigSection section, string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? new(text[..equals], text[(equals + 1)..]) : throw section.Wrong("label", $"'{text}' is not key=value");
    }
}
