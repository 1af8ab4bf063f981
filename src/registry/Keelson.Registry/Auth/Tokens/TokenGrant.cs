using System.Text.Json;

namespace Keelson.Registry.Auth;

/// <summary>What a token that was verified grants. Distribution's token specification, claim <c>access</c>.</summary>
internal sealed class TokenGrant
{
    private const string Repository = "repository", PluginRepository = "repository(plugin)", Registry = "registry", Catalog = "catalog";
    private readonly Dictionary<string, RegistryRights> repositories = new(StringComparer.Ordinal);

    private TokenGrant(string subject, DateTimeOffset expires) => (Subject, Expires) = (subject, expires);

    /// <summary>Who the token is about; empty for nobody in particular.</summary>
    public string Subject { get; }

    /// <summary>When it ends, without leeway.</summary>
    public DateTimeOffset Expires { get; }

    /// <summary>Whether all repositories may be listed.</summary>
    public bool HasCatalog { get; private set; }

    /// <summary>Reads the claim; <see langword="null"/> when it is not of its form.</summary>
    public static TokenGrant? TryRead(JsonElement claims, string subject, DateTimeOffset expires)
    {
        TokenGrant grant = new(subject, expires);
        if (!claims.TryGetProperty("access", out JsonElement access) || access.ValueKind == JsonValueKind.Null) return grant;
        if (access.ValueKind != JsonValueKind.Array) return null;
        foreach (JsonElement entry in access.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Object || Jwt.Text(entry, "type") is not { } type || Jwt.Text(entry, "name") is not { } name) return null;
            if (!entry.TryGetProperty("actions", out JsonElement actions) || actions.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null)) return null;
            if (actions.ValueKind == JsonValueKind.Null) continue;
            foreach (JsonElement action in actions.EnumerateArray())
            {
                if (action.ValueKind != JsonValueKind.String) return null;
                grant.Add(type, name, action.GetString()!);
            }
        }
        return grant;
    }

    /// <summary>Whether the token grants what a request needs.</summary>
    public bool Allows(AccessRequest need)
    {
        RegistryRights rights = repositories.GetValueOrDefault(need.Repository);
        return need.Action switch
        {
            RegistryAction.Pull => rights.HasFlag(RegistryRights.Pull),
            RegistryAction.Push => rights.HasFlag(RegistryRights.Create),
            RegistryAction.Overwrite => rights.HasFlag(RegistryRights.Overwrite),
            RegistryAction.Delete => rights.HasFlag(RegistryRights.Delete),
            RegistryAction.Catalog => HasCatalog,
            RegistryAction.Probe => true,
            _ => false,
        };
    }

    private void Add(string type, string name, string action)
    {
        if (type == Registry && name == Catalog && action == "*") HasCatalog = true;
        // A plugin is an image in a repository like any other.
        if (type is not (Repository or PluginRepository)) return;
        RegistryRights right = action switch
        {
            "pull" => RegistryRights.Pull,
            "push" => RegistryRights.Push,
            "create" => RegistryRights.Create,
            "delete" => RegistryRights.Delete,
            "*" => RegistryRights.Pull | RegistryRights.Push | RegistryRights.Delete,
            // What this registry does not know it does not do.
            _ => RegistryRights.None,
        };
        repositories[name] = repositories.GetValueOrDefault(name) | right;
    }
}
