using Keelson.Oci;

namespace Keelson.Registry.Http;

/// <summary>What a path asks for.</summary>
internal enum RegistryEndpoint
{
    /// <summary>Nothing that there is.</summary>
    None,
    /// <summary><c>/v2/</c>, end-1.</summary>
    Base,
    /// <summary><c>/v2/_catalog</c>, of distribution.</summary>
    Catalog,
    /// <summary><c>/v2/NAME/blobs/DIGEST</c>, end-2 and end-10.</summary>
    Blob,
    /// <summary><c>/v2/NAME/manifests/REFERENCE</c>, end-3, end-7 and end-9.</summary>
    Manifest,
    /// <summary><c>/v2/NAME/blobs/uploads/</c>, end-4 and end-11.</summary>
    Uploads,
    /// <summary><c>/v2/NAME/blobs/uploads/ID</c>, end-5, end-6, end-13 and end-14.</summary>
    Upload,
    /// <summary><c>/v2/NAME/tags/list</c>, end-8.</summary>
    Tags,
    /// <summary><c>/v2/NAME/referrers/DIGEST</c>, end-12.</summary>
    Referrers,
}

/// <summary>A path of the registry's API, taken apart.</summary>
/// <param name="Endpoint">What it asks for.</param>
/// <param name="Name">The repository as it stands there; not checked.</param>
/// <param name="Reference">The last word: a digest, tag or identifier; not checked.</param>
/// <remarks>A name may hold the words of the API (<c>blobs/manifests</c>), so a path is read from its end.</remarks>
internal readonly record struct RegistryPath(RegistryEndpoint Endpoint, string Name, string Reference)
{
    /// <summary>Reads a path.</summary>
    public static RegistryPath Parse(string path)
    {
        if (path is "/v2/" or "/v2") return new(RegistryEndpoint.Base, "", "");
        if (!path.StartsWith("/v2/", StringComparison.Ordinal)) return default;
        ReadOnlySpan<char> rest = path.AsSpan(4);
        if (rest is "_catalog") return new(RegistryEndpoint.Catalog, "", "");
        if (rest.EndsWith("/blobs/uploads/")) return Of(RegistryEndpoint.Uploads, rest[..^15], "");
        if (rest.EndsWith("/blobs/uploads")) return Of(RegistryEndpoint.Uploads, rest[..^14], "");
        if (rest.EndsWith("/tags/list")) return Of(RegistryEndpoint.Tags, rest[..^10], "");
        int slash = rest.LastIndexOf('/');
        if (slash < 0) return default;
        ReadOnlySpan<char> reference = rest[(slash + 1)..], before = rest[..slash];
        if (before.EndsWith("/blobs/uploads")) return Of(RegistryEndpoint.Upload, before[..^14], reference);
        if (before.EndsWith("/blobs")) return Of(RegistryEndpoint.Blob, before[..^6], reference);
        if (before.EndsWith("/manifests")) return Of(RegistryEndpoint.Manifest, before[..^10], reference);
        if (before.EndsWith("/referrers")) return Of(RegistryEndpoint.Referrers, before[..^10], reference);
        return default;
    }

    /// <summary>The repository.</summary>
    /// <exception cref="RegistryFault">NAME_INVALID.</exception>
    public string Repository => RepositoryName.IsPath(Name) ? Name : throw new RegistryFault(RegistryErrorCode.NameInvalid, "invalid repository name", Cut(Name));

    /// <summary>Whether the last word is meant to be a digest.</summary>
    public bool HasDigest => Reference.Contains(':', StringComparison.Ordinal);

    /// <summary>The digest.</summary>
    /// <exception cref="RegistryFault">DIGEST_INVALID.</exception>
    public Digest Digest => ParseDigest(Reference);

    /// <summary>Reads a digest that came with a request.</summary>
    /// <exception cref="RegistryFault">DIGEST_INVALID.</exception>
    public static Digest ParseDigest(string text) => Digest.TryParse(text, out Digest digest) ? digest
        : throw new RegistryFault(RegistryErrorCode.DigestInvalid, "provided digest is not sha256 or sha512, a colon and that hash in lower case hexadecimal digits", Cut(text));

    /// <summary>Reads a tag that came with a request.</summary>
    /// <exception cref="RegistryFault">TAG_INVALID.</exception>
    public static string ParseTag(string text) => ImageReference.IsTag(text) ? text
        : throw new RegistryFault(RegistryErrorCode.TagInvalid, "a tag is a letter, digit or underscore and up to 127 of these, dots or dashes", Cut(text));

    private static RegistryPath Of(RegistryEndpoint endpoint, ReadOnlySpan<char> name, ReadOnlySpan<char> reference) => new(endpoint, name.ToString(), reference.ToString());

    private static string Cut(string text) => text.Length <= 300 ? text : text[..300] + "…";
}
