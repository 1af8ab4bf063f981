namespace Keelson.Registry.Browse;

/// <summary>What attached things are, by their types and by cosign's tags.</summary>
internal static class ReferrerKinds
{
    public const string Signature = "signature", Sbom = "sbom", Attestation = "attestation", Other = "other";

    /// <summary>Endings of the tags that cosign keeps things under, and what these are.</summary>
    public static readonly (string Ending, string Kind)[] CosignTags = [(".sig", Signature), (".att", Attestation), (".sbom", Sbom)];

    /// <summary>What an artifact of a type is.</summary>
    public static string Of(string? artifactType) => artifactType switch
    {
        "application/vnd.dev.cosign.artifact.sig.v1+json" or "application/vnd.cncf.notary.signature" => Signature,
        "application/vnd.dev.cosign.artifact.sbom.v1+json" or "application/spdx+json" or "text/spdx" or "application/vnd.cyclonedx+json" or "application/vnd.cyclonedx+xml"
            or "application/vnd.cyclonedx" or "application/vnd.syft+json" => Sbom,
        "application/vnd.dev.cosign.artifact.att.v1+json" or "application/vnd.in-toto+json" => Attestation,
        not null when artifactType.StartsWith("application/vnd.dev.sigstore.bundle", StringComparison.Ordinal) => Signature,
        _ => Other,
    };
}
