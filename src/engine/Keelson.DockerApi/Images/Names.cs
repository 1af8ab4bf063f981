using Keelson.DockerApi.Http;
using Keelson.Oci;

namespace Keelson.DockerApi.Images;

/// <summary>Names of images as requests carry them: a repository, and a tag or digest beside it or in it.</summary>
internal static class Names
{
    /// <summary>Puts a name together.</summary>
    /// <exception cref="ApiException">400: it is no name.</exception>
    public static ImageReference Parse(string repository, string tagOrDigest)
    {
        try
        {
            ImageReference name = ImageReference.Parse(repository);
            if (tagOrDigest.Length == 0) return name;
            // The tag that a repository alone stands for does not go with a digest.
            return Digest.TryParse(tagOrDigest, out Digest digest) ? new(name.Repository, null, digest) : name.WithTag(tagOrDigest);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            throw new ApiException(400, "invalid reference format: " + e.FullMessage, e);
        }
    }
}
