namespace Keelson.Interop.Tests;

/// <summary>The tests that share podman run by root.</summary>
[CollectionDefinition]
public sealed class RootPodmanCollection : ICollectionFixture<RootPodmanFixture>;

/// <summary>The tests that share podman run by a user.</summary>
[CollectionDefinition]
public sealed class RootlessPodmanCollection : ICollectionFixture<RootlessPodmanFixture>;
