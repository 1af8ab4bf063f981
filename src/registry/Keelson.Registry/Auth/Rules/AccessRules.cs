using System.Text.Json;

namespace Keelson.Registry.Auth;

/// <summary>Says what a user may do in a repository.</summary>
/// <remarks>
/// The most specific pattern that a repository is of decides, and the others do not count: a rule for <c>team/secret</c> takes away what <c>team/**</c> gives. A repository
/// of no pattern is closed. What administrators may comes on top everywhere. Nobody is refused by a name what everybody may without one.
/// </remarks>
public sealed class AccessRules
{
    private const int MaxTagLength = 128;

    /// <summary>Whoever has a name may do everything, and nobody else anything.</summary>
    public static readonly AccessRules EverythingForUsers = new(new()
    {
        Repositories = new Dictionary<string, RepositoryRules> { ["**"] = new() { DefaultPolicy = ["*"] } },
    });

    private readonly Dictionary<string, HashSet<string>> groups = new(StringComparer.Ordinal);
    private readonly List<Place> places = [];
    private readonly List<(RepositoryPattern Repositories, string[] Tags)> immutable = [];
    private readonly Grant? administrators;

    /// <summary>Makes rules of what is written.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a pattern, an action or a group is not one.</exception>
    public AccessRules(AccessRulesDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        foreach ((string name, AccessGroup group) in document.Groups) groups.Add(name, [.. group.Users]);
        foreach ((string pattern, RepositoryRules rules) in document.Repositories)
        {
            string where = $"access rules of {pattern}";
            places.Add(new(RepositoryPattern.Parse(pattern), [.. rules.Policies.Select(policy => Read(policy, where))], Actions(rules.DefaultPolicy, where), Actions(rules.AnonymousPolicy, where)));
        }
        places.Sort((left, right) => RepositoryPattern.CompareSpecificity(left.Pattern, right.Pattern));
        if (document.AdminPolicy is { } admin) administrators = Read(admin, "access rules of administrators");
        foreach (ImmutableTags tags in document.ImmutableTags)
            foreach (string pattern in tags.Repositories)
                immutable.Add((RepositoryPattern.Parse(pattern), [.. tags.Tags]));
    }

    /// <summary>Reads rules in JSON.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: they are not right.</exception>
    public static AccessRules Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return new(JsonSerializer.Deserialize(json, AccessRulesJson.Default.AccessRulesDocument) ?? throw new KeelsonException(ErrorKind.InvalidArgument, "access rules: null"));
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"access rules: line {e.LineNumber + 1}, {e.Path}: not what is expected there", e);
        }
    }

    /// <summary>What somebody may do in a repository.</summary>
    public RegistryRights RightsOf(RegistryIdentity who, string repository)
    {
        ArgumentNullException.ThrowIfNull(who);
        RegistryRights rights = Administers(who);
        return places.Find(place => place.Pattern.Matches(repository)) is { } found ? rights | RightsOf(who, found) : rights;
    }

    /// <summary>Whether somebody may do what a request needs.</summary>
    public bool Allows(RegistryIdentity who, AccessRequest need)
    {
        ArgumentNullException.ThrowIfNull(who);
        return need.Action switch
        {
            RegistryAction.Pull => RightsOf(who, need.Repository).HasFlag(RegistryRights.Pull),
            RegistryAction.Push => RightsOf(who, need.Repository).HasFlag(RegistryRights.Create),
            RegistryAction.Overwrite => RightsOf(who, need.Repository).HasFlag(RegistryRights.Overwrite),
            RegistryAction.Delete => RightsOf(who, need.Repository).HasFlag(RegistryRights.Delete),
            // What is listed is filtered; a user who may see nothing sees an empty list.
            RegistryAction.Catalog => !who.IsAnonymous || places.Exists(place => (place.Anonymous & (RegistryRights.Pull | RegistryRights.Catalog)) != 0),
            RegistryAction.Probe => !who.IsAnonymous || places.Exists(place => place.Anonymous != 0),
            _ => false,
        };
    }

    /// <summary>Whether a list of repositories that is given to somebody may name this one.</summary>
    public bool CanSee(RegistryIdentity who, string repository) => (RightsOf(who, repository) & (RegistryRights.Pull | RegistryRights.Catalog)) != 0;

    /// <summary>Whether a list of repositories that is given to somebody may name all of them.</summary>
    public bool CanSeeAll(RegistryIdentity who)
    {
        ArgumentNullException.ThrowIfNull(who);
        return (Administers(who) & RegistryRights.Catalog) != 0;
    }

    /// <summary>Whether a tag, once it is there, may be neither moved nor removed, by nobody.</summary>
    public bool IsImmutable(string repository, string tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return tag.Length <= MaxTagLength && immutable.Exists(rule => rule.Repositories.Matches(repository) && Array.Exists(rule.Tags, pattern => Wildcards.Match(pattern, tag)));
    }

    private RegistryRights Administers(RegistryIdentity who) => administrators is { } all && IsMeant(who, all) ? all.Rights : RegistryRights.None;

    private RegistryRights RightsOf(RegistryIdentity who, Place place)
    {
        RegistryRights rights = place.Anonymous;
        if (who.IsAnonymous) return rights;
        rights |= place.Default;
        foreach (Grant grant in place.Grants)
            if (IsMeant(who, grant))
                rights |= grant.Rights;
        return rights;
    }

    private bool IsMeant(RegistryIdentity who, Grant grant)
    {
        if (who.IsAnonymous) return false;
        if (grant.Users.Contains(who.Name)) return true;
        foreach (string group in grant.Groups)
            if (who.Groups.Contains(group, StringComparer.Ordinal) || groups.TryGetValue(group, out HashSet<string>? users) && users.Contains(who.Name))
                return true;
        return false;
    }

    private static Grant Read(AccessPolicy policy, string where)
    {
        if (policy.Users.Any(string.IsNullOrEmpty) || policy.Groups.Any(string.IsNullOrEmpty))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"{where}: the name of a user or group is empty; what everybody may is the anonymousPolicy");
        return new([.. policy.Users], [.. policy.Groups], Actions(policy.Actions, where));
    }

    private static RegistryRights Actions(IReadOnlyList<string> words, string where)
    {
        RegistryRights rights = RegistryRights.None;
        foreach (string word in words)
            rights |= word switch
            {
                "pull" or "read" => RegistryRights.Pull,
                "create" => RegistryRights.Create,
                "update" or "overwrite" => RegistryRights.Overwrite,
                "push" => RegistryRights.Push,
                "delete" => RegistryRights.Delete,
                "catalog" => RegistryRights.Catalog,
                "*" => RegistryRights.All,
                _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"{where}: '{word}' is no action; there are pull, create, update, push, delete, catalog and *"),
            };
        return rights;
    }

    private sealed record Grant(HashSet<string> Users, string[] Groups, RegistryRights Rights);

    private sealed record Place(RepositoryPattern Pattern, Grant[] Grants, RegistryRights Default, RegistryRights Anonymous);
}
