using Keelson.Registry.Signatures;
using Keelson.Registry.Store;

namespace Keelson.Registry.Policies;

/// <summary>The rules of a registry for pushes.</summary>
internal static class PushRules
{
    public static IReadOnlyList<IPushRule> Of(RegistryOptions options, BlobStore blobs, SignatureGuard? guard)
    {
        List<IPushRule> rules = [];
        if (options.Lint.Count > 0) rules.Add(new Lint(options.Lint, blobs));
        if (guard is not null) rules.Add(guard);
        return rules;
    }
}
