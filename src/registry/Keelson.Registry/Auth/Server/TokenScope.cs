namespace Keelson.Registry.Auth;

/// <summary>What a client asks a token for: <c>repository:team/app:pull,push</c>. Distribution's token specification, "scope".</summary>
/// <param name="Type">The kind of thing: <c>repository</c>, <c>registry</c>.</param>
/// <param name="Class">What stands behind the kind in brackets: <c>plugin</c>; empty for none.</param>
/// <param name="Name">The thing.</param>
/// <param name="Actions">What is to be done with it.</param>
internal sealed record TokenScope(string Type, string Class, string Name, IReadOnlyList<string> Actions)
{
    /// <summary>Scopes of one request, and characters of one. A client that mounts asks for two.</summary>
    public const int MaxScopes = 64, MaxChars = 1024;

    private const int MaxActions = 16;

    /// <summary>Reads a scope; <see langword="null"/> when it is none. A name may hold colons: a registry's address with a port before it.</summary>
    public static TokenScope? TryParse(string text)
    {
        int first = text.IndexOf(':', StringComparison.Ordinal), last = text.LastIndexOf(':');
        if (text.Length > MaxChars || first <= 0 || last <= first + 1 || text.AsSpan().ContainsAnyExceptInRange('!', '~')) return null;
        string type = text[..first], kind = "";
        int bracket = type.IndexOf('(', StringComparison.Ordinal);
        if (bracket >= 0)
        {
            if (bracket == 0 || !type.EndsWith(')')) return null;
            (type, kind) = (type[..bracket], type[(bracket + 1)..^1]);
        }
        if (!IsWord(type) || kind.Length > 0 && !IsWord(kind) || bracket >= 0 && kind.Length == 0) return null;
        string[] actions = text[(last + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries);
        return actions.Length > MaxActions ? null : new(type, kind, text[(first + 1)..last], [.. actions.Distinct()]);
    }

    /// <summary>What remains of it for somebody, as words for the token.</summary>
    public List<string> Grant(AccessRules rules, RegistryIdentity who)
    {
        if (Type == "registry") return Name == "catalog" && Actions.Contains("*") && rules.CanSeeAll(who) ? ["*"] : [];
        if (Type != "repository") return [];
        RegistryRights rights = rules.RightsOf(who, Name);
        List<string> granted = [];
        foreach (string action in Actions)
            foreach (string word in Words(action, rights))
                if (!granted.Contains(word))
                    granted.Add(word);
        return granted;
    }

    /// <summary>The scope as it was written.</summary>
    public string Text(IReadOnlyList<string> actions) => $"{Type}{(Class.Length > 0 ? $"({Class})" : "")}:{Name}:{string.Join(',', actions)}";

    /// <summary>Who asks to push and may create alone gets that much.</summary>
    private static IEnumerable<string> Words(string action, RegistryRights rights)
    {
        bool Has(RegistryRights wanted) => (rights & wanted) == wanted;
        switch (action)
        {
            case "pull" when Has(RegistryRights.Pull):
            case "create" when Has(RegistryRights.Create):
            case "delete" when Has(RegistryRights.Delete):
            case "push" when Has(RegistryRights.Push):
                return [action];
            case "push" when Has(RegistryRights.Create):
                return ["create"];
            case "*" when Has(RegistryRights.Pull | RegistryRights.Push | RegistryRights.Delete):
                return ["*"];
            case "*":
                return ((string[])["pull", "push", "delete"]).SelectMany(word => Words(word, rights));
            default:
                return [];
        }
    }

    private static bool IsWord(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));
}
