namespace Keelson.Connectivity.Tests;

/// <summary>The cases on keelsond.</summary>
public sealed class OnKeelsond(KeelsondUnderTest engine) : ConnectivityTests(engine), IClassFixture<KeelsondUnderTest>;
