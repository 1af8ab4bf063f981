namespace Keelson.Interop.Tests;

/// <summary>dockerd over a keelsond that does not find containerd's shim, and so runs what dockerd asks for with ours.</summary>
public sealed class KeelsondShimDockerdFixture : KeelsondDockerdFixture
{
    /// <inheritdoc/>
    protected override string SearchPath => "/run/bin";
}
