namespace Keelson.Cgroups;

/// <summary>Huge pages of one size, in bytes.</summary>
/// <param name="Usage">In use; reservations where the kernel counts them.</param>
/// <param name="Maximum">Most that was in use; 0 in cgroup v2.</param>
/// <param name="FailureCount">How often the limit was hit.</param>
public readonly record struct HugepageStats(ulong Usage, ulong Maximum, ulong FailureCount);
