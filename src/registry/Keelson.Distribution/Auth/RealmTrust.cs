namespace Keelson.Distribution;

/// <summary>Decides whether a registry's token server may see the registry's credential.</summary>
/// <remarks>
/// The answer of a registry names its token server, so a registry that is reached through a proxy, or that lies, could name any. A credential goes to the
/// registry's own host, to a host of the same domain (auth.docker.io for registry-1.docker.io), and to hosts that the caller trusts (CVE-2026-33540).
/// </remarks>
internal static class RealmTrust
{
    public static bool MayHaveCredential(Uri registry, Uri realm, IReadOnlySet<string> trusted)
    {
        if (realm.Scheme != Uri.UriSchemeHttps && registry.Scheme == Uri.UriSchemeHttps) return false;
        if (realm.Scheme != Uri.UriSchemeHttps && !DirectHosts.IsLoopback(realm.Authority) && realm.Host != registry.Host) return false;
        if (realm.Host.Equals(registry.Host, StringComparison.OrdinalIgnoreCase) || trusted.Contains(realm.Host) || trusted.Contains(realm.Authority)) return true;
        if (registry.HostNameType != UriHostNameType.Dns || realm.HostNameType != UriHostNameType.Dns) return false;
        string domain = Domain(registry.Host);
        return domain.Length > 0 && (realm.Host.Equals(domain, StringComparison.OrdinalIgnoreCase) || realm.Host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// The domain that a host's owner holds: the last two labels, three where the last is a country and the one before it is short, as in <c>co.uk</c>.
    /// Empty when there are fewer.
    /// </summary>
    private static string Domain(string host)
    {
        string[] labels = host.Split('.');
        int needed = labels.Length > 2 && labels[^1].Length == 2 && labels[^2].Length <= 3 ? 3 : 2;
        return labels.Length < needed || labels.Length == 2 && labels[^1].Length == 2 && labels[^2].Length <= 3 ? "" : string.Join('.', labels[^needed..]);
    }
}
