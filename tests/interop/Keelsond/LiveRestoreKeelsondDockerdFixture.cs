namespace Keelson.Interop.Tests;

/// <summary>dockerd over keelsond, whose containers outlive both.</summary>
public sealed class LiveRestoreKeelsondDockerdFixture : KeelsondDockerdFixture
{
    /// <inheritdoc/>
    protected override string[] Options => [.. base.Options, "--live-restore"];
}
