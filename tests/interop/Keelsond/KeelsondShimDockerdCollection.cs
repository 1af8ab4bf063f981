namespace Keelson.Interop.Tests;

/// <summary>The tests that share one dockerd over keelsond with our shim.</summary>
[CollectionDefinition]
public sealed class KeelsondShimDockerdCollection : ICollectionFixture<KeelsondShimDockerdFixture>;
