namespace Keelson.Guest.Support;

/// <summary>
/// Tests that nothing runs beside, since they change or look at the whole machine: leftovers of an engine are looked for everywhere, and a reload of systemd removes groups of v1 at the top that have no processes yet.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}
