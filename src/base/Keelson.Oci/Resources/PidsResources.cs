namespace Keelson.Oci;

/// <summary>Limit of tasks.</summary>
/// <remarks>runtime-spec 1.3 config-linux "PIDs".</remarks>
public sealed class PidsResources
{
    /// <summary>Most tasks; -1 is no limit, 0 allows none besides those that are attached. Absent leaves it.</summary>
    public long? Limit { get; set; }
}
