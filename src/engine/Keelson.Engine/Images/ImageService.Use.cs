using System.Collections.Concurrent;
using Keelson.Content;

namespace Keelson.Engine.Images;

public sealed partial class ImageService
{
    private readonly ConcurrentDictionary<(string Space, string Name), DateTimeOffset> used = [];

    /// <summary>Notes that an image was used just now; what makes a container of it calls this.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="name">A name of the image, in full.</param>
    public void MarkUsed(string space, string name) => used[(space, name)] = database.Options.Time.GetUtcNow();

    /// <summary>When an image was last named or used, as far as this process and the containers that are there know.</summary>
    internal DateTimeOffset LastUsed(string space, ImageRecord image)
    {
        DateTimeOffset last = image.UpdatedAt;
        if (used.TryGetValue((space, image.Name), out DateTimeOffset marked) && marked > last) last = marked;
        foreach (ContainerRecord container in database.Containers(space).List())
            if (container.Image == image.Name && container.UpdatedAt > last) last = container.UpdatedAt;
        return last;
    }
}
