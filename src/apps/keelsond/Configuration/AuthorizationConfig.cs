using Keelson.Api.Authorization;

namespace Keelson.Daemon.Configuration;

/// <summary>The table <c>authorization</c>: rules in the order of the text, the first that is about a case decides.</summary>
internal static class AuthorizationConfig
{
    /// <summary>Reads it.</summary>
    /// <returns>What decides; <see langword="null"/> when there is neither rule nor default.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown or has a wrong value.</exception>
    public static ICallAuthorizer? Read(ConfigSection section)
    {
        ConfigSection named = section.Section("rules");
        List<AuthorizationRule> rules = [];
        foreach (string name in named.Tables)
        {
            ConfigSection rule = named.Section(name);
            rules.Add(new(name, rule.Switch("allow", true))
            {
                Users = rule.Ids("users"), Groups = rule.Ids("groups"), Namespaces = rule.Texts("namespaces"), Actions = rule.Texts("actions"),
            });
            rule.End();
        }
        named.End();
        string? rest = section.Text("default");
        bool allowsRest = rest switch { null or "allow" => true, "deny" => false, _ => throw section.Wrong("default", $"'{rest}' is neither allow nor deny") };
        section.End();
        return rules.Count == 0 && rest is null ? null : new RuleAuthorizer(rules, allowsRest);
    }
}
