using Keelson.Oci;
using Keelson.Toml;

namespace Keelson.Distribution;

/// <summary>Mirrors and settings of registries from a directory as containerd has it: <c>DIRECTORY/REGISTRY/hosts.toml</c>.</summary>
/// <remarks>
/// <code>
/// server = "https://registry.example"            the registry itself, tried last
/// [host."https://mirror.example:5000"]           mirrors, tried in their order
///   capabilities = ["pull", "resolve"]
///   skip_verify = false
///   ca = "ca.pem"                                relative to the file
///   client = [["client.cert", "client.key"]]
///   override_path = false                        true: the URL has the whole path, nothing is added
///   [host."https://mirror.example:5000".header]
///     x-name = "value"
/// </code>
/// The folder of a registry with a port is <c>host:port</c> or <c>host_port_</c>; <c>_default</c> holds for those that have none. Without a file
/// the registry is reached directly. Settings on the top level hold for <c>server</c>.
/// </remarks>
/// <param name="directory">The directory.</param>
/// <param name="direct">How registries are reached where nothing else is said.</param>
public sealed class HostsDirectory(string directory, IRegistryHosts direct) : IRegistryHosts
{
    /// <inheritdoc/>
    /// <exception cref="KeelsonException">InvalidArgument: the file of the registry is wrong; the message says where.</exception>
    public IReadOnlyList<RegistryHost> For(string registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        if (!RepositoryName.IsRegistry(registry)) throw new KeelsonException(ErrorKind.InvalidArgument, $"find the hosts of a registry: '{registry}' is not host or host:port");
        foreach (string folder in (string[])[registry, registry.Replace(":", "_", StringComparison.Ordinal) + (registry.Contains(':', StringComparison.Ordinal) ? "_" : ""), "_default"])
        {
            string file = Path.Combine(directory, folder, "hosts.toml");
            if (File.Exists(file)) return Read(file, registry);
        }
        return direct.For(registry);
    }

    private List<RegistryHost> Read(string file, string registry)
    {
        if (new FileInfo(file).Length > TomlReader.LimitBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {file}: is larger than {TomlReader.LimitBytes} bytes");
        TomlTable root = TomlTable.Parse(File.ReadAllText(file), file);
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        List<RegistryHost> hosts = [];
        if (root.Table("host") is { } table)
            foreach (string url in table.Keys)
                hosts.Add(Host(url, table.Table(url) ?? throw Wrong(file, $"host \"{url}\" is not a table"), file, folder, registry));
        RegistryHost own = direct.For(registry)[^1];
        string? server = root.String("server");
        hosts.Add(server is null ? Settings(own, root, file, folder) : Host(server, root, file, folder, registry, own));
        return hosts;
    }

    private static RegistryHost Host(string url, TomlTable table, string file, string folder, string registry, RegistryHost? own = null)
    {
        string whole = url.Contains("://", StringComparison.Ordinal) ? url : (DirectHosts.IsLoopback(url) ? "http://" : "https://") + url;
        if (!Uri.TryCreate(whole, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0 || uri.Query.Length > 0)
            throw Wrong(file, $"'{url}' is not an http or https URL without user and query");
        string path = uri.AbsolutePath.Trim('/');
        if (table.Boolean("override_path") != true && !path.EndsWith("v2", StringComparison.Ordinal)) path = path.Length == 0 ? "v2" : path + "/v2";
        bool isOwn = own is not null && uri.Authority == own.Base.Authority || uri.Authority == registry;
        return Settings(new RegistryHost
        {
            Base = new Uri($"{uri.GetLeftPart(UriPartial.Authority)}/{path}{(path.Length == 0 ? "" : "/")}"),
            CredentialName = isOwn ? registry : uri.Authority,
            IsMirror = !isOwn,
        }, table, file, folder);
    }

    private static RegistryHost Settings(RegistryHost host, TomlTable table, string file, string folder)
    {
        HostCapabilities capabilities = HostCapabilities.None;
        foreach (string word in table.Strings("capabilities") ?? ["pull", "resolve", "push"])
            capabilities |= word switch
            {
                "pull" => HostCapabilities.Pull,
                "resolve" => HostCapabilities.Resolve,
                "push" => HostCapabilities.Push,
                _ => throw Wrong(file, $"'{word}' is not a capability"),
            };
        return host with
        {
            Capabilities = capabilities,
            SkipVerify = table.Boolean("skip_verify") ?? false,
            AuthorityFiles = [.. (table.Strings("ca") ?? []).Select(path => Path.Combine(folder, path))],
            ClientCertificates = [.. table.Pairs("client").Select(pair => (Path.Combine(folder, pair.First), pair.Second is null ? null : Path.Combine(folder, pair.Second)))],
            Headers = [.. Headers(table.Table("header"))],
        };
    }

    private static IEnumerable<KeyValuePair<string, string>> Headers(TomlTable? table)
    {
        if (table is null) yield break;
        foreach (string name in table.Keys)
            foreach (string value in table.Strings(name) ?? [])
                yield return new(name, value);
    }

    private static KeelsonException Wrong(string file, string problem) => new(ErrorKind.InvalidArgument, $"read {file}: {problem}");
}
