using Keelson.Oci;
using Keelson.Registry.Http;

namespace Keelson.Registry.Browse;

/// <summary>What a path of the API for people and pages asks for.</summary>
internal enum BrowseEndpoint
{
    /// <summary>Nothing that there is.</summary>
    None,
    /// <summary><c>/keelson/v1/repositories</c>.</summary>
    Repositories,
    /// <summary><c>/keelson/v1/repositories/NAME</c>.</summary>
    Repository,
    /// <summary><c>/keelson/v1/tags/NAME</c>.</summary>
    Tags,
    /// <summary><c>/keelson/v1/images/NAME:TAG</c>, <c>/keelson/v1/images/NAME@DIGEST</c>.</summary>
    Image,
}

/// <summary>A path of the API for people and pages, taken apart.</summary>
/// <param name="Endpoint">What it asks for.</param>
/// <param name="Name">The repository as it stands there; not checked.</param>
/// <param name="Reference">The tag or digest; not checked.</param>
/// <remarks>What is asked for comes before the name and not behind it, since a name may hold every word.</remarks>
internal readonly record struct BrowsePath(BrowseEndpoint Endpoint, string Name, string Reference)
{
    /// <summary>What the paths begin with.</summary>
    public const string Root = "/keelson/v1/";

    /// <summary>Reads a path.</summary>
    public static BrowsePath Parse(string path)
    {
        if (!path.StartsWith(Root, StringComparison.Ordinal)) return default;
        ReadOnlySpan<char> rest = path.AsSpan(Root.Length);
        if (rest is "repositories" or "repositories/") return new(BrowseEndpoint.Repositories, "", "");
        if (rest.StartsWith("repositories/")) return new(BrowseEndpoint.Repository, rest["repositories/".Length..].ToString(), "");
        if (rest.StartsWith("tags/")) return new(BrowseEndpoint.Tags, rest["tags/".Length..].ToString(), "");
        if (!rest.StartsWith("images/")) return default;
        ReadOnlySpan<char> image = rest["images/".Length..];
        int at = image.IndexOf('@');
        if (at < 0) at = image.LastIndexOf(':');
        return at < 0 ? default : new(BrowseEndpoint.Image, image[..at].ToString(), image[(at + 1)..].ToString());
    }

    /// <summary>The repository.</summary>
    /// <exception cref="RegistryFault">NAME_INVALID.</exception>
    public string Repository => new RegistryPath(default, Name, "").Repository;

    /// <summary>The digest; <see langword="null"/> when a tag stands there.</summary>
    /// <exception cref="RegistryFault">DIGEST_INVALID.</exception>
    public Digest? Digest => Reference.Contains(':', StringComparison.Ordinal) ? RegistryPath.ParseDigest(Reference) : null;

    /// <summary>The tag.</summary>
    /// <exception cref="RegistryFault">TAG_INVALID.</exception>
    public string Tag => RegistryPath.ParseTag(Reference);
}
