namespace Keelson.Daemon.Configuration;

/// <summary>A part that another program serves on a socket.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind"><c>snapshot</c>, <c>diff</c> or <c>content</c>.</param>
/// <param name="Address">Path of the socket.</param>
internal sealed record ProxyConfig(string Name, string Kind, string Address)
{
    /// <summary>Reads the table of proxies.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: one is not whole, or of a type that is not there.</exception>
    public static IReadOnlyList<ProxyConfig> ReadAll(ConfigSection table)
    {
        List<ProxyConfig> proxies = [];
        foreach (string name in table.Rest.Select(entry => entry.Key).ToArray())
        {
            ConfigSection section = table.Section(name);
            string kind = section.Text("type") ?? "", address = section.Text("address") ?? "";
            if (kind is not ("snapshot" or "diff" or "content")) throw section.Wrong("type", $"'{kind}' is neither snapshot nor diff nor content");
            if (kind == "content" && proxies.Exists(other => other.Kind == kind)) throw section.Wrong("type", "there is another proxy for content, and content is kept in one place");
            if (!address.StartsWith('/') && !address.StartsWith("unix:///", StringComparison.Ordinal)) throw section.Wrong("address", $"'{address}' is no absolute path of a socket");
            _ = section.Text("platform");
            _ = section.Section("exports");
            section.End();
            proxies.Add(new(name, kind, address));
        }
        return proxies;
    }
}
