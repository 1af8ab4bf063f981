namespace Keelson.Interop.Tests;

/// <summary>dockerd whose containers outlive it.</summary>
public sealed class LiveRestoreDockerdFixture : DockerdFixture
{
    /// <inheritdoc/>
    protected override string[] Options => ["--live-restore"];
}
