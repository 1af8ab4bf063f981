using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>Says who makes a request: by password, certificate or token.</summary>
public interface IIdentitySource
{
    /// <summary>Looks at what a request shows. Nothing to be seen is <see cref="Identification.Nothing"/>; something false is a refusal and never anonymous.</summary>
    /// <param name="http">The request.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">Unavailable: it cannot be said now.</exception>
    ValueTask<Identification> IdentifyAsync(HttpContext http, CancellationToken cancel = default);

    /// <summary>Value of <c>WWW-Authenticate</c> that asks a client to say who it is; <see langword="null"/> when that cannot be asked for in HTTP.</summary>
    /// <param name="needs">The rights that the request needs.</param>
    /// <param name="wasRefused">Whether the request showed something that was not believed.</param>
    string? Challenge(IReadOnlyList<AccessRequest> needs, bool wasRefused);
}
