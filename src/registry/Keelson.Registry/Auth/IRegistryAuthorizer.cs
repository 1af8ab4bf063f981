using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Auth;

/// <summary>Says who may do what.</summary>
public interface IRegistryAuthorizer
{
    /// <summary>Decides over a request. All the rights are needed; the first one that is missing decides.</summary>
    /// <param name="http">The request, with its credentials.</param>
    /// <param name="needs">The rights that it needs.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">Unavailable: it cannot be decided now.</exception>
    ValueTask<AccessDecision> DecideAsync(HttpContext http, IReadOnlyList<AccessRequest> needs, CancellationToken cancel = default);
}
