using System.Globalization;
using Keelson.Oci;

namespace Keelson.Registry.Store;

/// <summary>Where things lie in a store: the layout of distribution, so that its stores are adopted in place and can be handed back.</summary>
/// <remarks>
/// <code>
/// docker/registry/v2
///   blobs/sha256/ab/abcdef…/data                                 content, once for all repositories
///   repositories/NAME
///     _layers/sha256/abcdef…/link                                the repository has this blob
///     _manifests/revisions/sha256/abcdef…/link                   the repository has this manifest
///     _manifests/tags/TAG/current/link                           where the tag stands
///     _manifests/tags/TAG/index/sha256/abcdef…/link              where it stands or has stood
///     _uploads/ID/data, startedat                                what is being pushed, or fetched from an upstream
/// .keelson                                                       what distribution does not know of, and does not look at
///   quarantine/sha256/abcdef…-TIME                               content that was damaged, put aside by a scrub
///   pulls/NAME/_counts                                           how often manifests were pulled
/// </code>
/// A link is a file that holds a digest. Beside the link of a manifest, and in the folder of a tag, a file <c>origin</c> says that it is of an upstream, see <see cref="Origin"/>;
/// distribution does not look at it.
/// </remarks>
internal static class StorePaths
{
    private const string Root = "docker/registry/v2";

    private const string Own = ".keelson";

    public const string Repositories = Root + "/repositories";

    public const string Blobs = Root + "/blobs";

    public const string UploadsName = "_uploads", ManifestsName = "_manifests", LayersName = "_layers";

    public static string Blob(Digest digest) => $"{Blobs}/{digest.Algorithm}/{digest.Hex.AsSpan(0, 2)}/{digest.Hex}/data";

    public static string BlobFolder(Digest digest) => $"{Blobs}/{digest.Algorithm}/{digest.Hex.AsSpan(0, 2)}/{digest.Hex}";

    public static string Repository(string name) => $"{Repositories}/{name}";

    public static string Layers(string repository) => $"{Repositories}/{repository}/{LayersName}";

    public static string Layer(string repository, Digest digest) => $"{Repositories}/{repository}/{LayersName}/{digest.Algorithm}/{digest.Hex}/link";

    public static string Manifests(string repository) => $"{Repositories}/{repository}/{ManifestsName}";

    public static string Revisions(string repository) => $"{Repositories}/{repository}/{ManifestsName}/revisions";

    public static string Revision(string repository, Digest digest) => $"{Repositories}/{repository}/{ManifestsName}/revisions/{digest.Algorithm}/{digest.Hex}/link";

    public static string Tags(string repository) => $"{Repositories}/{repository}/{ManifestsName}/tags";

    public static string Tag(string repository, string tag) => $"{Repositories}/{repository}/{ManifestsName}/tags/{tag}";

    public static string TagLink(string repository, string tag) => $"{Repositories}/{repository}/{ManifestsName}/tags/{tag}/current/link";

    public static string TagHistory(string repository, string tag, Digest digest) => $"{Repositories}/{repository}/{ManifestsName}/tags/{tag}/index/{digest.Algorithm}/{digest.Hex}/link";

    public static string RevisionOrigin(string repository, Digest digest) => $"{Repositories}/{repository}/{ManifestsName}/revisions/{digest.Algorithm}/{digest.Hex}/origin";

    public static string TagOrigin(string repository, string tag) => $"{Repositories}/{repository}/{ManifestsName}/tags/{tag}/origin";

    public static string Uploads(string repository) => $"{Repositories}/{repository}/{UploadsName}";

    public static string Upload(string repository, string id) => $"{Repositories}/{repository}/{UploadsName}/{id}";

    public static string UploadData(string repository, string id) => $"{Repositories}/{repository}/{UploadsName}/{id}/data";

    public static string UploadStart(string repository, string id) => $"{Repositories}/{repository}/{UploadsName}/{id}/startedat";

    /// <summary>Where damaged content is put; the time tells it from what was damaged under the same name before.</summary>
    public static string Quarantine(Digest digest, DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"{Own}/quarantine/{digest.Algorithm}/{digest.Hex}-{time.UtcTicks}");

    /// <summary>How often the manifests of a repository were pulled.</summary>
    public static string Pulls(string repository) => $"{Own}/pulls/{repository}/_counts";

    /// <summary>The folder that a link is alone in.</summary>
    public static string FolderOf(string link) => link[..link.LastIndexOf('/')];
}
