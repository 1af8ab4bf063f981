namespace Keelson.Guest.Engine;

/// <summary>Tests that install the package, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class InstalledEngineCollection
{
    /// <summary>The collection's name.</summary>
    public const string Name = "installed engine";
}
