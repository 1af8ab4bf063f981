using System.Globalization;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.DockerApi.Images;

/// <summary>Tells what happened to images, in dockerd's terms.</summary>
/// <remarks>An image that is pulled or pushed is called by its name, and by its identity in all other events; <c>name</c> is what it is called by besides.</remarks>
internal sealed class ImageNotices(DockerApiServices services)
{
    /// <summary>An image was named.</summary>
    public Task TaggedAsync(EngineImage image, ImageReference name) => TellAsync("tag", image.Id.ToString(), name.Familiar, image);

    /// <summary>An image came from a registry, or went to one: <c>pull</c>, <c>push</c>.</summary>
    public Task TransferredAsync(string action, EngineImage image, ImageReference name) => TellAsync(action, name.Familiar, Repository(name), image);

    /// <summary>An image came or went in another way: <c>import</c>, <c>load</c>, <c>save</c>.</summary>
    public Task MovedAsync(string action, EngineImage image) => TellAsync(action, image.Id.ToString(), image.Id.ToString(), image);

    /// <summary>Names and images were removed.</summary>
    /// <param name="removal">What was.</param>
    /// <param name="image">Whose the names were; <see langword="null"/>: of several.</param>
    public async Task RemovedAsync(ImageRemoval removal, EngineImage? image)
    {
        if (image is not null)
            foreach (string _ in removal.Untagged) await MovedAsync("untag", image).ConfigureAwait(false);
        foreach (Digest digest in removal.Images) await TellAsync("delete", digest.ToString(), digest.ToString(), null).ConfigureAwait(false);
    }

    /// <summary>Images were removed that nobody used.</summary>
    public async Task PrunedAsync(ImageRemoval removal)
    {
        await RemovedAsync(removal, null).ConfigureAwait(false);
        await services.Containers.TellAsync("image", "prune", "", new Dictionary<string, string> { ["reclaimed"] = removal.FreedBytes.ToString(CultureInfo.InvariantCulture) }).ConfigureAwait(false);
    }

    private Task TellAsync(string action, string id, string name, EngineImage? image)
    {
        Dictionary<string, string> attributes = new(image?.Config.Config?.Labels ?? new Dictionary<string, string>()) { ["name"] = name };
        return services.Containers.TellAsync("image", action, id, attributes);
    }

    /// <summary>A name without tag and digest, as people write it.</summary>
    private static string Repository(ImageReference name)
    {
        string familiar = name.Familiar;
        int digest = familiar.IndexOf('@', StringComparison.Ordinal);
        if (digest >= 0) familiar = familiar[..digest];
        int colon = familiar.LastIndexOf(':');
        return colon > familiar.LastIndexOf('/') ? familiar[..colon] : familiar;
    }
}
