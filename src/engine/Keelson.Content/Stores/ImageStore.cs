namespace Keelson.Content;

/// <summary>Images of a namespace: names for content. Each image holds its content, and what that refers to by labels.</summary>
public sealed class ImageStore
{
    private readonly MetadataDatabase database;
    private readonly string space;

    internal ImageStore(MetadataDatabase database, string space)
    {
        this.database = database;
        this.space = space;
    }

    /// <summary>An image.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this name.</exception>
    public ImageRecord Get(string name) => database.State.Namespace(space).Images.GetValueOrDefault(name) ?? throw MetadataTransaction.Missing(Tables.Images, space, name, "look up");

    /// <summary>All images that a filter holds for, by name.</summary>
    public IEnumerable<ImageRecord> List(Filter? filter = null)
    {
        IEnumerable<ImageRecord> rows = database.State.Namespace(space).Images.Values;
        return filter is null ? rows : rows.Where(filter.Matches);
    }

    /// <summary>Makes an image. Its times are set here.</summary>
    /// <exception cref="KeelsonException">AlreadyExists. InvalidArgument: name or target are not whole.</exception>
    public async Task<ImageRecord> CreateAsync(ImageRecord image, EventDraft? announce = null)
    {
        Check(image);
        return await database.Writer.WriteAsync(tx =>
        {
            ImageRecord created = image with { CreatedAt = tx.Now, UpdatedAt = tx.Now };
            tx.Add(Tables.Images, space, created);
            tx.Publish(announce);
            return created;
        }).ConfigureAwait(false);
    }

    /// <summary>Changes an image.</summary>
    /// <param name="image">The name, and what to set.</param>
    /// <param name="fieldPaths"><c>labels</c>, <c>labels.KEY</c>, <c>target</c>, <c>annotations</c>, <c>annotations.KEY</c>; empty replaces target and labels.</param>
    /// <param name="announce">Makes the event that enters the log with the change; it is given the new row.</param>
    /// <exception cref="KeelsonException">NotFound. InvalidArgument: a path names something else, or the result is not whole.</exception>
    public async Task<ImageRecord> UpdateAsync(ImageRecord image, IReadOnlyCollection<string>? fieldPaths = null, Func<ImageRecord, EventDraft>? announce = null)
    {
        Identifier.CheckName("image", image.Name);
        return await database.Writer.WriteAsync(tx =>
        {
            ImageRecord current = tx.Get(Tables.Images, space, image.Name, "update");
            ContentDescriptor target = current.Target;
            LabelSet labels = FieldMask.Apply($"image {image.Name}", current.Labels, image.Labels, fieldPaths is null or { Count: 0 } ? ["labels", "target"] : fieldPaths, path =>
            {
                if (path == "target") target = image.Target;
                else if (path == "annotations") target = target with { Annotations = image.Target.Annotations };
                else if (path.StartsWith("annotations.", StringComparison.Ordinal))
                    target = target with { Annotations = FieldMask.One(target.Annotations, image.Target.Annotations, path["annotations.".Length..]) };
                else return false;
                return true;
            });
            ImageRecord updated = current with { Target = target, Labels = labels, UpdatedAt = tx.Now };
            Check(updated);
            tx.Put(Tables.Images, space, updated);
            tx.Publish(announce?.Invoke(updated));
            tx.MadeGarbage = true;
            return updated;
        }).ConfigureAwait(false);
    }

    /// <summary>Removes an image. Its content goes with the next collection, unless something else holds it.</summary>
    /// <param name="name">The image.</param>
    /// <param name="target">The digest that the image must have; empty for any.</param>
    /// <param name="announce">An event that enters the log with the change.</param>
    /// <exception cref="KeelsonException">NotFound: there is none, or it has another target.</exception>
    public async Task DeleteAsync(string name, Oci.Digest target = default, EventDraft? announce = null) =>
        await database.Writer.WriteAsync(tx =>
        {
            ImageRecord image = tx.Get(Tables.Images, space, name, "delete");
            if (!target.IsEmpty && image.Target.Digest != target)
                throw new KeelsonException(ErrorKind.NotFound, $"delete image {name} in namespace {space}: its target is {image.Target.Digest} and not {target}");
            tx.Remove(Tables.Images, space, name);
            tx.Publish(announce);
            tx.MadeGarbage = true;
            return true;
        }).ConfigureAwait(false);

    private static void Check(ImageRecord image)
    {
        Identifier.CheckName("image", image.Name);
        if (image.Target.Digest.IsEmpty || image.Target.MediaType.Length == 0 || image.Target.Size <= 0)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"image {image.Name}: its target needs a digest, a media type and a size above 0");
    }
}
