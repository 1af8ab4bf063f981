using Keelson.Daemon.Configuration;
using Keelson.Notary.Client;
using Keelson.Oci;

namespace Keelson.Daemon.Trust;

/// <summary>A rule of a trust policy: which names it is for, and who must have signed what they mean.</summary>
/// <remarks>
/// <code>
/// [[rule]]
/// names = ["registry.example/team/*"]     repositories; * is any text without a slash, ** any text
/// require = true                          false: nothing is asked of these names
/// server = "https://notary.example"       the server of collections; of docker.io it is https://notary.docker.io, of others the registry itself
/// tls_ca_file = "/etc/keelson/ca.pem"     who is believed about the server
/// signers = ["targets/releases"]          roles that must all have signed the same; without them targets/releases or targets
/// roots = ["6f2e…"]                       identifiers of the root certificates that are right
/// root_ca_file = "/etc/keelson/team.pem"  or who signs them
/// first_use = false                       true: the first root that is seen is believed, without roots and root_ca_file
/// </code>
/// </remarks>
internal sealed record TrustRule
{
    /// <summary>Patterns of repositories.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Whether anything is asked.</summary>
    public bool Requires { get; init; } = true;

    /// <summary>The server; <see langword="null"/>: the one that belongs to the registry.</summary>
    public Uri? Server { get; init; }

    /// <summary>File of certificates that the server is believed by; <see langword="null"/>: those of the machine.</summary>
    public string? Authority { get; init; }

    /// <summary>Roles that must all have signed; empty for docker's order.</summary>
    public IReadOnlyList<string> Signers { get; init; } = [];

    /// <summary>Identifiers of root certificates.</summary>
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>File of who signs root certificates.</summary>
    public string? RootAuthority { get; init; }

    /// <summary>Whether the first root is believed.</summary>
    public bool TrustsFirstUse { get; init; }

    /// <summary>Reads one.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static TrustRule Read(ConfigSection section)
    {
        TrustRule rule = new()
        {
            Names = section.Texts("names"),
            Requires = section.Switch("require", true),
            Server = section.Text("server") is { } server ? Uri.TryCreate(server, UriKind.Absolute, out Uri? uri) && uri.Scheme == "https" ? uri : throw section.Wrong("server", $"'{server}' is no address that begins with https://") : null,
            Authority = Absolute(section, "tls_ca_file"),
            Signers = section.Texts("signers"),
            Roots = section.Texts("roots"),
            RootAuthority = Absolute(section, "root_ca_file"),
            TrustsFirstUse = section.Switch("first_use", false),
        };
        section.End();
        if (rule.Names.Count == 0) throw section.Wrong("names", "is missing");
        foreach (string signer in rule.Signers)
            if (signer != "targets" && !signer.StartsWith("targets/", StringComparison.Ordinal)) throw section.Wrong("signers", $"'{signer}' is neither targets nor a role below it");
        if (rule.Requires && rule.Roots.Count == 0 && rule.RootAuthority is null && !rule.TrustsFirstUse) throw section.Wrong("roots", "is missing, and so is root_ca_file: without first_use = true nobody would be believed");
        return rule;
    }

    /// <summary>Whether the rule is for a repository.</summary>
    public bool IsFor(RepositoryName repository) => Names.Any(pattern => Matches(pattern, repository.ToString()));

    /// <summary>Which roots are right for a collection.</summary>
    public TrustPinning PinningOf(string gun) => new()
    {
        Certificates = Roots.Count > 0 ? new Dictionary<string, IReadOnlyList<string>> { [gun] = Roots } : new Dictionary<string, IReadOnlyList<string>>(),
        Authorities = RootAuthority is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [gun] = RootAuthority },
        DisableFirstUse = !TrustsFirstUse,
    };

    /// <summary>Compares a name with a pattern, in one walk over the pattern however many asterisks it has.</summary>
    internal static bool Matches(string pattern, string name)
    {
        // Up to which characters of the name the pattern so far can reach.
        bool[] reaches = new bool[name.Length + 1];
        reaches[0] = true;
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '*')
            {
                for (int k = name.Length; k > 0; k--) reaches[k] = reaches[k - 1] && name[k - 1] == pattern[i];
                reaches[0] = false;
                continue;
            }
            bool isDeep = i + 1 < pattern.Length && pattern[i + 1] == '*';
            if (isDeep) i++;
            for (int k = 1; k <= name.Length; k++) reaches[k] |= reaches[k - 1] && (isDeep || name[k - 1] != '/');
        }
        return reaches[^1];
    }

    private static string? Absolute(ConfigSection section, string key) => section.Text(key) is not { } path ? null : path.StartsWith('/') ? path : throw section.Wrong(key, $"'{path}' is not an absolute path");
}
