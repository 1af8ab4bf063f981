using Keelson.Content;
using Keelson.Distribution;
using Keelson.Oci;

namespace Keelson.Engine.Images;

public sealed partial class ImageService
{
    /// <inheritdoc/>
    public async Task PushAsync(string space, ImageReference reference, ImagePushOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new();
        ImageRecord record = Find(space, reference) ?? throw new KeelsonException(ErrorKind.NotFound, $"push {reference}: there is no such image in namespace {space}");
        ContentStore content = database.Content(space);
        Descriptor target = ImageReader.PushTarget(content, record.Target);
        RegistryClient? own = options.Credential is null ? null : ClientWith(reference.Repository.Registry, options.Credential);
        try
        {
            ImagePusher pusher = new(own ?? client, new ContentSource(content), new()
            {
                Parallelism = this.options.Parallelism,
                MountFrom = blob => MountSource(content, blob, reference.Repository),
                Progress = Translate(options.Progress, ImageStep.Uploading),
            });
            await pusher.PushAsync(reference, target, cancel).ConfigureAwait(false);
        }
        finally
        {
            own?.Dispose();
        }
        await new ImageLabels(content).SetReferencesAsync(record.Target, reference.Repository).ConfigureAwait(false);
        options.Progress?.Report(new(ImageStep.Done, target.Digest, target.Size, target.Size));
    }

    /// <summary>Another repository of the registry that has a blob, as its labels say.</summary>
    private static RepositoryName? MountSource(ContentStore content, Descriptor blob, RepositoryName to)
    {
        string? path = ImageLabels.Sources(content.Info(blob.Digest).Labels, to.Registry).FirstOrDefault(path => path != to.Path);
        return path is null ? null : new(to.Registry, path);
    }
}
