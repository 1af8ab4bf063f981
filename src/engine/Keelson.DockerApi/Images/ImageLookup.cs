using Keelson.DockerApi.Http;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.DockerApi.Images;

/// <summary>Finds images with docker's words for what is not there.</summary>
internal static class ImageLookup
{
    /// <summary>The image of a name or identity.</summary>
    /// <param name="services">The services.</param>
    /// <param name="nameOrId">What the client said.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <param name="before">What stands before docker's sentence.</param>
    /// <exception cref="ApiException">404: there is none. 400: several identities begin so, or it is no name.</exception>
    public static async Task<EngineImage> FindAsync(DockerApiServices services, string nameOrId, CancellationToken cancel, string before = "")
    {
        try
        {
            return await services.Images.GetAsync(services.Containers.Namespace, nameOrId, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            throw new ApiException(404, before + Missing(nameOrId), e);
        }
    }

    /// <summary>Docker's sentence, in which a name has its tag.</summary>
    public static string Missing(string nameOrId) =>
        "No such image: " + (ImageReference.TryParse(nameOrId, out ImageReference? reference) && !nameOrId.StartsWith("sha256:", StringComparison.Ordinal) ? reference!.Familiar : nameOrId);
}
