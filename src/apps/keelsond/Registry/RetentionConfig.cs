using System.Text.RegularExpressions;
using Keelson.Daemon.Configuration;
using Keelson.Registry.Garbage;
using Keelson.Registry.Retention;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>retention</c>: what stays.</summary>
/// <remarks>
/// <code>
/// [retention]                            interval, delay, dryrun
/// [retention.policies.NAME]              repositories, deleteuntagged, deletereferrers
/// [retention.policies.NAME.keep.NAME]    patterns (regular expressions), pushed, pulled (how many), pushedwithin, pulledwithin (durations)
/// </code>
/// </remarks>
internal static class RetentionConfig
{
    /// <summary>Reads the table.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown, missing or has a wrong value.</exception>
    public static HousekeepingOptions Read(ConfigSection section, HousekeepingOptions housekeeping)
    {
        RetentionOptions standard = housekeeping.Retention;
        housekeeping = housekeeping with
        {
            RetentionInterval = section.Duration("interval", housekeeping.RetentionInterval),
            Retention = new()
            {
                Delay = section.Duration("delay", standard.Delay), IsTrial = section.Switch("dryrun", false),
                Policies = [.. PolicyConfig.Named(section.Section("policies")).Select(ReadPolicy)],
            },
        };
        section.End();
        return housekeeping;
    }

    private static RetentionPolicy ReadPolicy(ConfigSection section)
    {
        RetentionPolicy policy = new()
        {
            Repositories = PolicyConfig.Patterns(section), RemovesUntagged = section.Switch("deleteuntagged", false), RemovesReferrers = section.Switch("deletereferrers", false),
            KeepTags = [.. PolicyConfig.Named(section.Section("keep")).Select(ReadRule)],
        };
        section.End();
        return policy;
    }

    private static KeepRule ReadRule(ConfigSection section)
    {
        KeepRule rule = new()
        {
            Patterns = [.. section.Texts("patterns").Select(pattern => ReadPattern(section, pattern))], NewestPushed = (int)section.Integer("pushed", 0, 0, int.MaxValue),
            NewestPulled = (int)section.Integer("pulled", 0, 0, int.MaxValue), PushedWithin = ReadDuration(section, "pushedwithin"), PulledWithin = ReadDuration(section, "pulledwithin"),
        };
        section.End();
        return rule;
    }

    private static Regex ReadPattern(ConfigSection section, string pattern)
    {
        try
        {
            return new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw section.Wrong("patterns", e.Message);
        }
    }

    private static TimeSpan? ReadDuration(ConfigSection section, string key) => section.Duration(key, TimeSpan.MinValue) is var found && found == TimeSpan.MinValue ? null : found;
}
