namespace Keelson.Guest.Others;

/// <summary>Tests of podman, one after the other: containers have the same store.</summary>
[CollectionDefinition(Collection)]
public sealed class Podmans
{
    /// <summary>The collection's name.</summary>
    public const string Collection = "podman";
}
