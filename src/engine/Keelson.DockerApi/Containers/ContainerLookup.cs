using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Containers;

/// <summary>Finds containers with docker's words for what is not there.</summary>
internal static class ContainerLookup
{
    /// <summary>Stands before the name of a removed container; no name of a container has a colon.</summary>
    private const string RemovedPrefix = "removed:";

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

    /// <summary>The removed container that a request names, whose log is kept; <see langword="null"/> when it names none such.</summary>
    /// <exception cref="ApiException">404: there is none of this name.</exception>
    public static ContainerInfo? FindRemoved(this IContainerService containers, Call call)
    {
        string name = call["id"];
        if (!name.StartsWith(RemovedPrefix, StringComparison.Ordinal)) return null;
        try
        {
            return containers.Removed.Get(name[RemovedPrefix.Length..]).Info;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            throw new ApiException(404, $"No such container: {name}", e);
        }
    }

    /// <summary>The container whose log a request names, gone or not. A client that has looked at a removed one asks for its log by the identity.</summary>
    /// <exception cref="ApiException">404: there is none.</exception>
    public static ContainerInfo FindLogged(this IContainerService containers, Call call)
    {
        if (containers.FindRemoved(call) is { } removed) return removed;
        try
        {
            return containers.Find(call);
        }
        catch (ApiException e) when (e.Status == 404 && containers.Removed.List().FirstOrDefault(kept => kept.Info.Id == call["id"]) is { } kept)
        {
            return kept.Info;
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
