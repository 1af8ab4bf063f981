namespace Keelson.Interop.Tests;

/// <summary>The tests that share one dockerd over keelsond.</summary>
[CollectionDefinition]
public sealed class KeelsondDockerdCollection : ICollectionFixture<KeelsondDockerdFixture>;
