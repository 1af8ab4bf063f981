using System.Text;
using System.Text.Json.Nodes;
using Keelson.Cli.Parsing;
using Keelson.Notary.Client;
using Keelson.Tuf;

namespace Keelson.Cli.Commands.Trust;

/// <summary><c>trust inspect</c>: tags, signers and keys of collections, as docker's command writes them.</summary>
internal static class TrustInspectCommand
{
    private const string Administrator = "Repo Admin";

    public static Command Command => new("show signed tags, signers and keys", "[options] REPOSITORY…", TrustContext.Options, session =>
    {
        using TrustContext context = new(session);
        JsonArray all = [];
        foreach (string name in session.Arguments.Words) all.Add((JsonNode)Describe(context.Open(name)));
        Output.Write(Text.JsonIndent.Apply(Encoding.UTF8.GetBytes(all.ToJsonString())));
        Session.Print("");
        return 0;
    })
    { Least = 1, Completes = "images" };

    private static JsonObject Describe(TrustCollection collection)
    {
        IReadOnlyList<SignedTarget> targets = TrustContext.Wait(collection.ListAsync());
        TrustCommands.Warn(collection);
        IReadOnlyList<DelegationInfo> delegations = TrustContext.Wait(collection.ListDelegationsAsync()), top = TrustContext.Wait(collection.ListTopRolesAsync());
        JsonArray tags = [], signers = [];
        foreach (IGrouping<string, SignedTarget> tag in targets.GroupBy(target => target.Target.Path, StringComparer.Ordinal))
        {
            // What docker would run.
            SignedTarget? chosen = tag.FirstOrDefault(target => target.Role == TrustCollection.Releases) ?? tag.FirstOrDefault(target => target.Role == TufRoles.Targets);
            if (chosen is null) continue;
            string digest = DigestOf(chosen);
            string[] by = chosen.Role == TufRoles.Targets ? [Administrator]
                : [.. tag.Where(target => target.Role is not (TrustCollection.Releases or TufRoles.Targets) && DigestOf(target) == digest).Select(target => NameOf(target.Role))];
            tags.Add((JsonNode)new JsonObject { ["SignedTag"] = tag.Key, ["Digest"] = digest, ["Signers"] = new JsonArray([.. by.Select(name => (JsonNode)name)]) });
        }
        foreach (DelegationInfo delegation in delegations.Where(role => role.Role != TrustCollection.Releases)) signers.Add((JsonNode)Keys(NameOf(delegation.Role), delegation));
        // As docker's: the root by its certificates, which are what gets pinned.
        DelegationInfo root = top.Single(role => role.Role == TufRoles.Root);
        JsonArray administrative = new(Keys("Root", root with { KeyIds = root.MetadataKeyIds }), Keys("Repository", top.Single(role => role.Role == TufRoles.Targets)));
        return new() { ["Name"] = collection.Gun, ["SignedTags"] = tags, ["Signers"] = signers, ["AdministrativeKeys"] = administrative };
    }

    private static string DigestOf(SignedTarget target) => Convert.ToHexStringLower(target.Target.Hashes.Preferred.Span);

    private static string NameOf(string role) => role["targets/".Length..];

    private static JsonObject Keys(string name, DelegationInfo role)
    {
        JsonObject result = new() { ["Name"] = name, ["Keys"] = new JsonArray([.. role.KeyIds.Select(id => (JsonNode)new JsonObject { ["ID"] = id })]) };
        if (role.Threshold > 1) result["Threshold"] = role.Threshold;
        return result;
    }
}
