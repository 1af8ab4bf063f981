using Keelson.Daemon.Configuration;
using Keelson.Distribution;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Upstream;

namespace Keelson.Daemon.Registry;

/// <summary>Other registries that a registry serves as well, and what it copies of them.</summary>
/// <remarks>
/// <code>
/// [proxy]        remoteurl, username, password, passwordfile, ttl, tagttl: one upstream for all names, as distribution has it
/// [[upstream]]   name, url, prefix, remoteprefix, namespaces, username, password, passwordfile, credentials, trustedrealms, ca, insecure, ondemand, tagttl, ttl, maxblobsize, stalltimeout
/// [[sync]]       upstream, repositories, tags, exclude, versions, prefix, platforms, onlysigned, referrers, interval, parallel
/// </code>
/// </remarks>
internal sealed record RegistryUpstreams(IReadOnlyList<UpstreamOptions> Upstreams, IReadOnlyList<SyncRule> Rules)
{
    private const string ProxyName = "proxy";
    private const int PasswordLimitBytes = 64 << 10;

    /// <summary>Reads the tables.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value; or a file cannot be read.</exception>
    public static RegistryUpstreams Read(ConfigSection file)
    {
        List<UpstreamOptions> upstreams = [];
        ConfigSection proxy = file.Section("proxy");
        if (proxy.Text("remoteurl") is { Length: > 0 } remote)
            upstreams.Add(new()
            {
                // Whatever registry a client means, this is the one that there is.
                Name = ProxyName, Address = Address(proxy, "remoteurl", remote, isInsecure: true), Namespaces = ["*"], Credential = Credential(proxy),
                Lifetime = proxy.Duration("ttl", TimeSpan.FromHours(168)), TagLifetime = proxy.Duration("tagttl", TimeSpan.Zero),
            });
        proxy.End();
        foreach (ConfigSection section in file.Sections("upstream")) upstreams.Add(Upstream(section));
        foreach (IGrouping<string, UpstreamOptions> same in upstreams.GroupBy(upstream => upstream.Name).Where(group => group.Count() > 1)) throw file.Wrong("upstream", $"there are two of the name '{same.Key}'");
        foreach (IGrouping<string, UpstreamOptions> same in upstreams.Where(upstream => upstream.IsOnDemand).GroupBy(upstream => upstream.Prefix.TrimEnd('/')).Where(group => group.Count() > 1))
            throw file.Wrong("upstream", $"there are two of the prefix '{same.Key}'");
        return new(upstreams, [.. file.Sections("sync").Select(section => Rule(section, upstreams))]);
    }

    private static UpstreamOptions Upstream(ConfigSection section)
    {
        string url = section.Text("url") ?? throw section.Wrong("url", "is missing"), prefix = section.Text("prefix") ?? "", remotePrefix = section.Text("remoteprefix") ?? "";
        foreach ((string key, string value) in (ReadOnlySpan<(string, string)>)[("prefix", prefix), ("remoteprefix", remotePrefix)])
            if (value.Length > 0 && !RepositoryName.IsPath(value.TrimEnd('/'))) throw section.Wrong(key, $"'{value}' is not the beginning of a repository's name");
        bool isInsecure = section.Switch("insecure", false);
        Uri address = Address(section, "url", url, isInsecure);
        UpstreamOptions upstream = new()
        {
            Name = section.Text("name") ?? address.Authority, Address = address, Prefix = prefix, RemotePrefix = remotePrefix, Namespaces = section.Texts("namespaces"), Credential = Credential(section),
            TrustedRealms = section.Texts("trustedrealms").ToHashSet(), AuthorityFiles = section.Text("ca") is { Length: > 0 } ca ? [ca] : [], SkipVerify = isInsecure, IsOnDemand = section.Switch("ondemand", true),
            BlobLimitBytes = section.Integer("maxblobsize", long.MaxValue, 1, long.MaxValue),
        };
        if (section.Text("credentials") is { Length: > 0 } store) upstream = upstream with { Credentials = new DockerConfigCredentials([store]) };
        upstream = upstream with { TagLifetime = section.Duration("tagttl", upstream.TagLifetime), Lifetime = section.Duration("ttl", upstream.Lifetime), StallTimeout = section.Duration("stalltimeout", upstream.StallTimeout) };
        section.End();
        return upstream;
    }

    private static SyncRule Rule(ConfigSection section, List<UpstreamOptions> upstreams)
    {
        string name = section.Text("upstream") ?? throw section.Wrong("upstream", "is missing");
        if (!upstreams.Exists(upstream => upstream.Name == name)) throw section.Wrong("upstream", $"there is no upstream '{name}'");
        IReadOnlyList<string> repositories = section.Texts("repositories");
        if (repositories.Count == 0) throw section.Wrong("repositories", "is missing");
        foreach (string pattern in repositories) Checked(section, "repositories", () => RepositoryPattern.Parse(pattern));
        SyncRule rule = new() { Upstream = name, Repositories = repositories };
        rule = rule with
        {
            Tags = section.Texts("tags"),
            ExcludedTags = section.Texts("exclude"),
            OnlyVersions = section.Switch("versions", false),
            Prefix = section.Text("prefix"),
            Platforms = [.. section.Texts("platforms").Select(platform => Checked(section, "platforms", () => Platform.Parse(platform)))],
            OnlySigned = section.Switch("onlysigned", false),
            HasReferrers = section.Switch("referrers", true),
            Interval = section.Duration("interval", rule.Interval),
            Parallelism = (int)section.Integer("parallel", rule.Parallelism, 1, 64),
        };
        section.End();
        return rule;
    }

    /// <summary>The address of an upstream. What is wrong with it is told without it: it may hold a password.</summary>
    private static Uri Address(ConfigSection section, string key, string text, bool isInsecure)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https")) throw section.Wrong(key, "expected an http or https URL");
        if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0) throw section.Wrong(key, "expected a URL without user and query");
        if (address.Scheme == "http" && !address.IsLoopback && !isInsecure) throw section.Wrong(key, "without TLS it needs insecure = true");
        return address;
    }

    private static RegistryCredential? Credential(ConfigSection section)
    {
        string? user = section.Text("username"), password = section.Text("password"), file = section.Text("passwordfile");
        if (string.IsNullOrEmpty(user)) return password is { Length: > 0 } || file is { Length: > 0 } ? throw section.Wrong("username", "is missing") : null;
        if (file is { Length: > 0 })
        {
            if (password is { Length: > 0 }) throw section.Wrong("passwordfile", "there is a password besides");
            password = System.Text.Encoding.UTF8.GetString(Files.ReadAll(file, PasswordLimitBytes).Span).TrimEnd('\r', '\n');
        }
        return new() { Username = user, Password = password ?? "" };
    }

    private static T Checked<T>(ConfigSection section, string key, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            throw section.Wrong(key, e.Message);
        }
    }
}
