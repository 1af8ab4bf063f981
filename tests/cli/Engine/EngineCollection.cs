namespace Keelson.Cli.Tests;

/// <summary>The tests that share one engine.</summary>
[CollectionDefinition]
public sealed class EngineCollection : ICollectionFixture<EngineUnderTest>;
