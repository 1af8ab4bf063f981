using Keelson.Notary.Server;
using Keelson.Registry.Auth;
using Microsoft.AspNetCore.Http;

namespace Keelson.Daemon.Notary;

/// <summary>Lets a token server say who may do what on a server of collections, by the registry's rules of tokens.</summary>
internal sealed class NotaryTokens(IRegistryAuthorizer authorizer) : INotaryAuthorizer
{
    /// <inheritdoc/>
    public async ValueTask<NotaryDecision> AuthorizeAsync(HttpContext context, NotaryAccess? access)
    {
        IReadOnlyList<AccessRequest> needs = access switch
        {
            null => [new("", RegistryAction.Probe)],
            { Type: "registry" } => [new("", RegistryAction.Catalog)],
            _ => [.. access.Actions.Select(action => new AccessRequest(access.Name, action switch { "pull" => RegistryAction.Pull, "push" => RegistryAction.Push, _ => RegistryAction.Delete }))],
        };
        AccessDecision decision = await authorizer.DecideAsync(context, needs, context.RequestAborted).ConfigureAwait(false);
        // What a registry calls delete is all of a collection.
        return new(decision.IsAllowed, decision.Challenge?.Replace($":{access?.Name}:delete\"", $":{access?.Name}:*\"", StringComparison.Ordinal) ?? "", decision.Identity);
    }
}
