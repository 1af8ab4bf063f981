using System.Net;
using System.Text;
using Keelson.Network.Dns;

namespace Keelson.Engine.Containers;

/// <summary>The files of a container that tell names: <c>hostname</c>, <c>hosts</c> and <c>resolv.conf</c> in its directory, bound into it.</summary>
internal static class NameFiles
{
    private const string Hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

    /// <summary>What stands for the host in a line of <see cref="HostSettings.ExtraHosts"/>.</summary>
    private const string HostGateway = "host-gateway";

    /// <summary>Longest file of the host that is copied, in bytes.</summary>
    private const int LimitBytes = 1 << 20;

    /// <summary>Writes the files. They are not synced: a lost one is written again at the next start.</summary>
    /// <param name="container">The container.</param>
    /// <param name="networks">What its networks add.</param>
    public static void Write(ContainerInfo container, NetworkNames networks)
    {
        Put(container.HostnamePath, FullName(container) + "\n");
        Put(container.ResolvConfPath, ResolvText(container.Host, Read("/etc/resolv.conf"), networks));
        WriteHosts(container, networks);
    }

    /// <summary>Writes <c>hosts</c> alone, in place, for a container that runs.</summary>
    public static void WriteHosts(ContainerInfo container, NetworkNames networks)
    {
        StringBuilder text = new(HostsText(container.Host, container.Host.NetworkMode == "host" ? Read("/etc/hosts") : Hosts, networks.HostGateway));
        foreach ((IPAddress address, string names) in networks.Others) text.Append(address).Append('\t').Append(names).Append('\n');
        string full = FullName(container);
        int dot = full.IndexOf('.', StringComparison.Ordinal);
        foreach (IPAddress address in networks.Own) text.Append(address).Append('\t').Append(dot < 0 ? full : $"{full} {full[..dot]}").Append('\n');
        Put(container.HostsPath, text.ToString());
    }

    /// <summary>Name servers of the host, first of all those to be asked first.</summary>
    public static IReadOnlyList<IPAddress> HostServers() => ServersIn(Read("/etc/resolv.conf"));

    internal static string HostsText(HostSettings host, string first, IPAddress? gateway = null)
    {
        StringBuilder text = new(first);
        if (text.Length > 0 && text[^1] != '\n') text.Append('\n');
        foreach (string line in host.ExtraHosts ?? [])
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string address = line[(colon + 1)..];
            if (address == HostGateway) address = gateway?.ToString() ?? throw new KeelsonException(ErrorKind.FailedPrecondition, $"unable to derive the IP value for {HostGateway}");
            text.Append(address).Append('\t').Append(line, 0, colon).Append('\n');
        }
        return text.ToString();
    }

    internal static string ResolvText(HostSettings host, string first, NetworkNames networks)
    {
        IReadOnlyList<string> servers = host.Dns ?? [], search = host.DnsSearch ?? [], options = host.DnsOptions ?? [];
        if (networks.IsServed) servers = [DnsServer.Address.ToString()];
        // Another host name's address of the loopback device is none in the container.
        else if (networks.HasOwn && servers.Count == 0) servers = [.. ServersIn(first).Where(server => !IPAddress.IsLoopback(server)).Select(server => server.ToString())];
        if (!networks.HasOwn && servers.Count + search.Count + options.Count == 0) return first;
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
        // Names without a dot are those of neighbours: they are asked for as they are.
        if (networks.IsServed && !options.Any(option => option.StartsWith("ndots:", StringComparison.Ordinal))) options = [.. options, "ndots:0"];
        if (options.Count > 0) text.Append("options ").AppendJoin(' ', options).Append('\n');
        return text.ToString();
    }

    private static List<IPAddress> ServersIn(string text)
    {
        List<IPAddress> servers = [];
        foreach (string raw in text.Split('\n'))
        {
            string[] words = raw.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", string server, ..] && IPAddress.TryParse(server, out IPAddress? address)) servers.Add(address);
        }
        return servers;
    }

    private static string FullName(ContainerInfo container)
    {
        string domain = container.Settings.Domainname ?? "", name = container.Settings.Hostname ?? container.ShortId;
        return domain.Length > 0 ? $"{name}.{domain}" : name;
    }

    private static bool Is(string line, string word) => line.StartsWith(word, StringComparison.Ordinal) && line.Length > word.Length && char.IsWhiteSpace(line[word.Length]);

    private static string Read(string path) =>
        Linux.Sys.Files.TryReadAll(path, out ReadOnlyMemory<byte> contents, LimitBytes) == Linux.Errno.None ? Encoding.UTF8.GetString(contents.Span) : "";

    private static void Put(string path, string text) => File.WriteAllText(path, text);
}
