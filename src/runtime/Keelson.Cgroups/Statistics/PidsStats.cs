namespace Keelson.Cgroups;

/// <summary>Tasks of a group.</summary>
public sealed class PidsStats
{
    /// <summary>Tasks in the group and below.</summary>
    public ulong Current { get; set; }

    /// <summary>Most tasks; 0 is no limit, as runC reports it.</summary>
    public ulong Limit { get; set; }
}
