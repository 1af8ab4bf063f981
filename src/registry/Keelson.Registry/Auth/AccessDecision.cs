namespace Keelson.Registry.Auth;

/// <summary>Whether a request may do what it asks for.</summary>
public sealed record AccessDecision
{
    /// <summary>Whether it may.</summary>
    public required bool IsAllowed { get; init; }

    /// <summary>Who asks, for logs and notifications; empty for nobody in particular.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Value of the header <c>WWW-Authenticate</c>: the request is answered with 401. <see langword="null"/>: who asks is known and may not, 403.</summary>
    public string? Challenge { get; init; }

    /// <summary>Why not, for the client; it holds no secret.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Which repositories an answer to <see cref="RegistryAction.Catalog"/> may name; <see langword="null"/>: all of them.</summary>
    public Func<string, bool>? CatalogFilter { get; init; }

    /// <summary>Whether a list of repositories that is given to who asks may name this one.</summary>
    public bool CanSee(string repository) => IsAllowed && (CatalogFilter is null || CatalogFilter(repository));
}
