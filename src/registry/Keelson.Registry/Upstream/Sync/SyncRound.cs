using Keelson.Oci;

namespace Keelson.Registry.Upstream;

/// <summary>One repository in one round of a rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Route">Where it comes from.</param>
/// <param name="Local">What it is called here.</param>
/// <param name="Tags">The tags that it has there.</param>
/// <param name="Slots">Blobs that may come at the same time.</param>
/// <param name="Count">What was done.</param>
internal sealed record SyncRound(SyncRule Rule, UpstreamRoute Route, string Local, HashSet<string> Tags, SemaphoreSlim Slots, SyncCount Count)
{
    /// <summary>Artifact types of signatures: of cosign, its bundles, and notation.</summary>
    public static readonly HashSet<string> Signatures =
    [
        "application/vnd.dev.cosign.artifact.sig.v1+json", "application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.cncf.notary.signature",
    ];

    /// <summary>The tags under which cosign attaches things to a manifest where a registry has no referrers.</summary>
    public IEnumerable<string> AttachedTags(Digest digest) => ((string[])[".sig", ".att", ".sbom"]).Select(kind => $"{digest.Algorithm}-{digest.Hex}{kind}").Where(Tags.Contains);
}
