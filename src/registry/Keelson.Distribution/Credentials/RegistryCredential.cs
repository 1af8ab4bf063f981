namespace Keelson.Distribution;

/// <summary>What a client shows a registry. Its text never has the secrets.</summary>
public sealed record RegistryCredential
{
    /// <summary>The user's name; empty when a token alone is shown.</summary>
    public string Username { get; init; } = "";

    /// <summary>The user's password.</summary>
    public string Password { get; init; } = "";

    /// <summary>A refresh token for the token server, instead of name and password.</summary>
    public string? IdentityToken { get; init; }

    /// <summary>A bearer token for the registry itself, instead of one from a token server.</summary>
    public string? RegistryToken { get; init; }

    /// <summary>The user's name and nothing else.</summary>
    public override string ToString() => $"credential of '{Username}'";
}
