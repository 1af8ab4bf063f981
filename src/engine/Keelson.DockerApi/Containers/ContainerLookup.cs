using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Containers;

/// <summary>Finds containers with docker's words for what is not there.</summary>
internal static class ContainerLookup
{
    /// <summary>The container that a request names.</summary>
    /// <exception cref="ApiException">404: there is none. 400: several identities begin so.</exception>
    public static ContainerInfo Find(this IContainerService containers, Call call) => containers.Find(call["id"]);

    /// <inheritdoc cref="Find(IContainerService, Call)"/>
    public static ContainerInfo Find(this IContainerService containers, string nameOrId)
    {
        try
        {
            return containers.Get(nameOrId.TrimStart('/'));
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            throw new ApiException(404, $"No such container: {nameOrId}", e);
        }
    }

    /// <summary>Whether somebody else has a name.</summary>
    public static ContainerInfo? Holder(this IContainerService containers, string name)
    {
        try
        {
            ContainerInfo found = containers.Get(name.TrimStart('/'));
            return found.Name == name.TrimStart('/') ? found : null;
        }
        catch (KeelsonException)
        {
            return null;
        }
    }

    /// <summary>Docker's words for a name that is taken.</summary>
    public static string NameConflict(ContainerInfo holder) =>
        $"Conflict. The container name \"/{holder.Name}\" is already in use by container \"{holder.Id}\". You have to remove (or rename) that container to be able to reuse that name.";
}
