namespace Keelson.Api.Authorization;

/// <summary>Goes by rules: the first one that is about a case decides.</summary>
/// <param name="rules">The rules, in their order.</param>
/// <param name="allowsRest">Whether cases that no rule is about are allowed.</param>
public sealed class RuleAuthorizer(IReadOnlyList<AuthorizationRule> rules, bool allowsRest) : ICallAuthorizer
{
    /// <inheritdoc/>
    public ValueTask<string?> RefuseAsync(CallSubject subject)
    {
        AuthorizationRule? rule = rules.FirstOrDefault(candidate => candidate.IsAbout(subject));
        return ValueTask.FromResult(rule?.Allows ?? allowsRest ? null : rule is null ? "no rule allows it" : $"rule {rule.Name} forbids it");
    }
}
