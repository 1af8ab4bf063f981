using Keelson.Registry.Auth;

namespace Keelson.Fuzz.Targets;

/// <summary>Access rules. Whatever they say, a name has the rights that nobody has, and an administrator is the only one who may list all.</summary>
internal sealed class RegistryRulesTarget : IFuzzTarget
{
    private static readonly string[] Repositories = ["a", "team/app", "team/secret", "a/b/c/b1", "public/app"];

    public string Name => "registry-rules";

    public void Run(ReadOnlySpan<byte> input)
    {
        try
        {
            AccessRules rules = AccessRules.Parse(input);
            foreach (string repository in Repositories)
            {
                RegistryRights anonymous = rules.RightsOf(RegistryIdentity.Anonymous, repository), named = rules.RightsOf(new("anna", []), repository);
                if ((anonymous & ~named) != 0) throw new InvalidOperationException("a name takes rights away");
                _ = rules.IsImmutable(repository, "v1.0");
            }
            if (rules.CanSeeAll(RegistryIdentity.Anonymous)) throw new InvalidOperationException("nobody is an administrator");
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
        }
    }
}
