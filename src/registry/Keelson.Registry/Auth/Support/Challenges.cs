using System.Text;

namespace Keelson.Registry.Auth;

/// <summary>Writes values of <c>WWW-Authenticate</c>. RFC 9110 section 11.6.1, RFC 7617, RFC 6750 section 3.</summary>
internal static class Challenges
{
    public static string Basic(string realm) => $"Basic realm={Quote(realm)}, charset=\"UTF-8\"";

    /// <summary>A challenge for a token.</summary>
    /// <param name="realm">URL of the token server.</param>
    /// <param name="service">Name of the registry at the token server.</param>
    /// <param name="scope">What the token has to grant; empty: nothing in particular.</param>
    /// <param name="error"><c>invalid_token</c>, <c>insufficient_scope</c>, or <see langword="null"/> when no token was shown.</param>
    public static string Bearer(string realm, string service, string scope, string? error)
    {
        StringBuilder text = new($"Bearer realm={Quote(realm)},service={Quote(service)}");
        if (scope.Length > 0) text.Append(",scope=").Append(Quote(scope));
        if (error is not null) text.Append(",error=").Append(Quote(error));
        return text.ToString();
    }

    /// <summary>The scope that rights need, as token servers write it: <c>repository:NAME:pull,push</c>, several joined by spaces.</summary>
    /// <remarks>Who pushes also looks at what is there, so a push asks for both, as every registry does.</remarks>
    public static string Scope(IReadOnlyList<AccessRequest> needs)
    {
        List<(string Resource, List<string> Actions)> scopes = [];
        foreach (AccessRequest need in needs)
        {
            (string resource, string[] actions) = need.Action switch
            {
                RegistryAction.Pull => ("repository:" + need.Repository, (string[])["pull"]),
                RegistryAction.Push or RegistryAction.Overwrite => ("repository:" + need.Repository, ["pull", "push"]),
                RegistryAction.Delete => ("repository:" + need.Repository, ["delete"]),
                RegistryAction.Catalog => ("registry:catalog", ["*"]),
                _ => ("", []),
            };
            // A name that is none of a repository cannot be asked for, and has no place in a header.
            if (resource.Length == 0 || resource.AsSpan().ContainsAnyExceptInRange('!', '~')) continue;
            int known = scopes.FindIndex(scope => scope.Resource == resource);
            if (known < 0) scopes.Add((resource, [.. actions]));
            else scopes[known].Actions.AddRange(actions.Except(scopes[known].Actions));
        }
        return string.Join(' ', scopes.Select(scope => $"{scope.Resource}:{string.Join(',', scope.Actions)}"));
    }

    private static string Quote(string value)
    {
        StringBuilder text = new("\"");
        foreach (char c in value)
        {
            // Nothing that would end the header or is not ASCII gets into it.
            if (c is < ' ' or > '~') continue;
            if (c is '"' or '\\') text.Append('\\');
            text.Append(c);
        }
        return text.Append('"').ToString();
    }
}
