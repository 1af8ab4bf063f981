namespace Keelson.Oci;

/// <summary>What a document that a registry serves under <c>manifests</c> is.</summary>
public enum ImageDocumentKind
{
    /// <summary>A list of manifests: <see cref="ImageIndex"/>.</summary>
    Index,
    /// <summary>The manifest of one image: <see cref="ImageManifest"/>.</summary>
    Manifest,
}
