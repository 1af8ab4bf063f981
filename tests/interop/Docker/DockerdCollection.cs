namespace Keelson.Interop.Tests;

/// <summary>The tests that share one dockerd.</summary>
[CollectionDefinition]
public sealed class DockerdCollection : ICollectionFixture<DockerdFixture>;
