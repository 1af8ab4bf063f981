using Keelson.Daemon.Configuration;
using Keelson.Registry;
using Keelson.Registry.Auth;
using Keelson.Registry.Limits;
using Keelson.Registry.Policies;
using Keelson.Registry.Signatures;

namespace Keelson.Daemon.Registry;

/// <summary>The tables that say what may be pushed and pulled beyond who does it.</summary>
/// <remarks>
/// <code>
/// [lint.NAME]           repositories, annotations, labels
/// [signatures.NAME]     repositories, keys (files), pulls, pushes (whether they are guarded), exceptpushers
/// [quota]               bytes of the whole registry
/// [quota.rules.NAME]    repositories, bytes, tags of each of these
/// [ratelimit]           forwarded
/// [ratelimit.address]   reads, writes (a second), burst (how many at once)
/// [ratelimit.user]      the same
/// </code>
/// </remarks>
internal static class PolicyConfig
{
    /// <summary>Reads the tables.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static RegistryOptions Read(ConfigSection file, RegistryOptions options)
    {
        ConfigSection quota = file.Section("quota");
        options = options with
        {
            Lint = [.. Named(file.Section("lint")).Select(ReadLint)],
            Signatures = [.. Named(file.Section("signatures")).Select(ReadSignatures)],
            QuotaBytes = quota.Integer("bytes", long.MaxValue, 1, long.MaxValue),
            Quotas = [.. Named(quota.Section("rules")).Select(ReadQuota)],
            RateLimits = ReadRates(file.Section("ratelimit")),
        };
        quota.End();
        return options;
    }

    /// <summary>Patterns of repositories.</summary>
    public static IReadOnlyList<RepositoryPattern> Patterns(ConfigSection section)
    {
        IReadOnlyList<string> texts = section.Texts("repositories");
        if (texts.Count == 0) throw section.Wrong("repositories", "patterns of repositories are missing");
        try
        {
            return [.. texts.Select(RepositoryPattern.Parse)];
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            throw section.Wrong("repositories", e.Message);
        }
    }

    /// <summary>The tables of a table whose names are the operator's.</summary>
    public static IEnumerable<ConfigSection> Named(ConfigSection section)
    {
        foreach (string name in section.Tables) yield return section.Section(name);
        section.End();
    }

    private static SignaturePolicy ReadSignatures(ConfigSection section)
    {
        SignaturePolicy policy = new()
        {
            Repositories = Patterns(section), Keys = section.Texts("keys"), GuardsPulls = section.Switch("pulls", true), GuardsPushes = section.Switch("pushes", false),
            ExceptsPushers = section.Switch("exceptpushers", true),
        };
        if (policy.Keys.Count == 0) throw section.Wrong("keys", "files of keys are missing");
        section.End();
        return policy;
    }

    private static QuotaRule ReadQuota(ConfigSection section)
    {
        QuotaRule rule = new() { Repositories = Patterns(section), Bytes = section.Integer("bytes", long.MaxValue, 0, long.MaxValue), Tags = (int)section.Integer("tags", int.MaxValue, 0, int.MaxValue) };
        section.End();
        return rule;
    }

    private static RateLimitOptions? ReadRates(ConfigSection section)
    {
        ConfigSection address = section.Section("address"), user = section.Section("user");
        RateLimitOptions options = new()
        {
            AddressReads = ReadRate(address, "reads"), AddressWrites = ReadRate(address, "writes"), UserReads = ReadRate(user, "reads"), UserWrites = ReadRate(user, "writes"),
            TrustsForwarded = section.Switch("forwarded", false),
        };
        foreach (ConfigSection part in (ReadOnlySpan<ConfigSection>)[address, user, section]) part.End();
        return options is { AddressReads: null, AddressWrites: null, UserReads: null, UserWrites: null } ? null : options;
    }

    /// <summary>A rate, with ten seconds of it at once unless the table says otherwise: a pull begins with a dozen requests.</summary>
    private static RateLimit? ReadRate(ConfigSection section, string key)
    {
        double perSecond = section.Real(key, 0, 0, 1_000_000);
        long burst = section.Integer("burst", 0, 0, 1_000_000);
        return perSecond > 0 ? new(perSecond, (int)Math.Max(1, burst > 0 ? burst : perSecond * 10)) : null;
    }

    private static LintRule ReadLint(ConfigSection section)
    {
        LintRule rule = new() { Repositories = Patterns(section), Annotations = section.Texts("annotations"), Labels = section.Texts("labels") };
        if (rule.Annotations.Count + rule.Labels.Count == 0) throw section.Wrong("annotations", "neither annotations nor labels are asked for");
        section.End();
        return rule;
    }
}
