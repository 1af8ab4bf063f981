using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.DockerApi.Images;

/// <summary>When an image is not removed unless by force, in docker's words.</summary>
internal static class RemovalRules
{
    private const int ShortDigits = 12;

    /// <summary>Checks a removal.</summary>
    /// <exception cref="ApiException">409: a container or another name needs the image.</exception>
    public static void Check(DockerApiServices services, EngineImage image, string name, bool force)
    {
        string id = image.Id.Hex[..ShortDigits];
        ContainerInfo? user = services.Containers.List().FirstOrDefault(container => container.ImageId == image.Id.ToString());
        // A name by digest is a name whether it is stored or what a tag stands for: the image was found by it.
        bool isIdentity = !ImageReference.TryParse(name, out ImageReference? reference) || reference!.Digest.IsEmpty && !image.Names.Contains(reference.ToString());
        bool isOne = ImageNames.AreOne(image.Names);
        if (!isIdentity)
        {
            if (!force && user is not null && isOne)
                throw ApiException.Conflict($"conflict: unable to remove repository reference \"{name}\" (must force) - container {user.ShortId} is using its referenced image {id}");
            return;
        }
        if (image.HasChildren && (image.Names.Count == 0 || isOne)) throw ApiException.Conflict($"conflict: unable to delete {id} (cannot be forced) - image has dependent child images");
        if (force) return;
        if (image.Names.Count > 1 && !isOne) throw ApiException.Conflict($"conflict: unable to delete {id} (must be forced) - image is referenced in multiple repositories");
        if (user is null) return;
        throw ApiException.Conflict(user.State.IsRunning
            ? $"conflict: unable to delete {id} (cannot be forced) - image is being used by running container {user.ShortId}"
            : $"conflict: unable to delete {id} (must be forced) - image is being used by stopped container {user.ShortId}");
    }
}
