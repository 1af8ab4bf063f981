using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Auth;

/// <summary>What a token server needs.</summary>
public sealed record TokenServerOptions
{
    /// <summary>Who issues: the claim <c>iss</c>, which the registry is told.</summary>
    public required string Issuer { get; init; }

    /// <summary>Names of the registries that tokens are made for.</summary>
    public required IReadOnlyList<string> Services { get; init; }

    /// <summary>The users; disposed by the caller.</summary>
    public required HtpasswdFile Users { get; init; }

    /// <summary>What they may; asked at each request.</summary>
    public required Func<AccessRules> Rules { get; init; }

    /// <summary>What signs; disposed by the caller.</summary>
    public required TokenSigningKey Key { get; init; }

    /// <summary>A certificate of the key that is put into each token (<c>x5c</c>), for registries that want a chain and know no names of keys; <see langword="null"/> for none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>How long a token lives. 300 s by default; distribution's specification wants 60 at least.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>How long a refresh token lives, by which a client stays logged in without keeping the password. 30 days by default; another password ends it at once.</summary>
    public TimeSpan RefreshLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>What clients show to people who are asked for a password.</summary>
    public string Realm { get; init; } = "registry";

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Is told of tokens, and of refused logins.</summary>
    public ILogger? Log { get; init; }
}
