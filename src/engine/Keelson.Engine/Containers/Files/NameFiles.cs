using System.Text;

namespace Keelson.Engine.Containers;

/// <summary>The files of a container that tell names: <c>hostname</c>, <c>hosts</c> and <c>resolv.conf</c> in its directory, bound into it.</summary>
internal static class NameFiles
{
    private const string Hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

    /// <summary>Longest file of the host that is copied, in bytes.</summary>
    private const int LimitBytes = 1 << 20;

    /// <summary>Writes the files. They are not synced: a lost one is written again at the next start.</summary>
    public static void Write(ContainerInfo container)
    {
        HostSettings host = container.Host;
        bool isHost = host.NetworkMode == "host";
        string domain = container.Settings.Domainname ?? "", name = container.Settings.Hostname ?? container.ShortId;
        Put(container.HostnamePath, (domain.Length > 0 ? $"{name}.{domain}" : name) + "\n");
        Put(container.HostsPath, HostsText(host, isHost ? Read("/etc/hosts") : Hosts));
        Put(container.ResolvConfPath, ResolvText(host, Read("/etc/resolv.conf")));
    }

    internal static string HostsText(HostSettings host, string first)
    {
        StringBuilder text = new(first);
        if (text.Length > 0 && text[^1] != '\n') text.Append('\n');
        foreach (string line in host.ExtraHosts ?? [])
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            text.Append(line, colon + 1, line.Length - colon - 1).Append('\t').Append(line, 0, colon).Append('\n');
        }
        return text.ToString();
    }

    internal static string ResolvText(HostSettings host, string first)
    {
        IReadOnlyList<string> servers = host.Dns ?? [], search = host.DnsSearch ?? [], options = host.DnsOptions ?? [];
        if (servers.Count + search.Count + options.Count == 0) return first;
        StringBuilder text = new();
        foreach (string raw in first.Split('\n'))
        {
            string line = raw.Trim();
            // What is given takes the place of the host's lines of its kind; the others stay.
            if (line.Length == 0 || Is(line, "nameserver") && servers.Count > 0 || (Is(line, "search") || Is(line, "domain")) && search.Count > 0 || Is(line, "options") && options.Count > 0) continue;
            text.Append(line).Append('\n');
        }
        if (search.Count > 0 && search is not ["."]) text.Append("search ").AppendJoin(' ', search).Append('\n');
        foreach (string server in servers) text.Append("nameserver ").Append(server).Append('\n');
        if (options.Count > 0) text.Append("options ").AppendJoin(' ', options).Append('\n');
        return text.ToString();
    }

    private static bool Is(string line, string word) => line.StartsWith(word, StringComparison.Ordinal) && line.Length > word.Length && char.IsWhiteSpace(line[word.Length]);

    private static string Read(string path) =>
        Linux.Sys.Files.TryReadAll(path, out ReadOnlyMemory<byte> contents, LimitBytes) == Linux.Errno.None ? Encoding.UTF8.GetString(contents.Span) : "";

    private static void Put(string path, string text) => File.WriteAllText(path, text);
}
