namespace Keelson.Connectivity.Tests;

/// <summary>The cases on dockerd, which shows that they are right.</summary>
public sealed class OnDockerd(DockerdUnderTest engine) : ConnectivityTests(engine), IClassFixture<DockerdUnderTest>;
