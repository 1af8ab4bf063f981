namespace Keelson.Interop.Tests;

/// <summary>The tests that share one containerd.</summary>
[CollectionDefinition]
public sealed class ContainerdCollection : ICollectionFixture<ContainerdFixture>;
