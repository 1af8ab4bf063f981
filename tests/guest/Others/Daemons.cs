namespace Keelson.Guest.Others;

/// <summary>Tests of daemons of others, one after the other: they have the machine's own places.</summary>
[CollectionDefinition(Collection)]
public sealed class Daemons
{
    /// <summary>The collection's name.</summary>
    public const string Collection = "daemons of others";
}
