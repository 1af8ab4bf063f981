namespace Keelson.Interop.Tests;

/// <summary>dockerd that puts containers into user namespaces: IDs from 300000.</summary>
public sealed class RemappingDockerdFixture : DockerdFixture
{
    /// <inheritdoc/>
    protected override string[] Options => ["--userns-remap", "keelson"];
}
