namespace Keelson.Guest;

/// <summary>Tests that have systemd reload, which nothing runs beside: on v1 it then removes groups at the top that have no processes yet.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ReloadCollection
{
    /// <summary>The collection's name.</summary>
    public const string Name = "reloads";
}
