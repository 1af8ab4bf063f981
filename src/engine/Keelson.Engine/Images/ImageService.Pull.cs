using Keelson.Content;
using Keelson.Distribution;
using Keelson.Oci;

namespace Keelson.Engine.Images;

public sealed partial class ImageService
{
    /// <inheritdoc/>
    public Task<EngineImage> PullAsync(string space, ImageReference reference, ImagePullOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return Tracing.RunAsync("pull image", "keelson.image", reference.ToString(), () => PullNowAsync(space, reference, options ?? new(), cancel));
    }

    private async Task<EngineImage> PullNowAsync(string space, ImageReference reference, ImagePullOptions options, CancellationToken cancel)
    {
        string name = options.Name ?? reference.ToString();
        // A name that is not trusted leaves nothing behind, not even a lease.
        TrustedContent? trusted = this.options.Trust is { } trust ? await trust.ResolveAsync(reference, cancel).ConfigureAwait(false) : null;
        string lease = await BeginAsync(space, name).ConfigureAwait(false);
        Interlocked.Increment(ref pulls);
        try
        {
            ImageUnpacker unpacker = Unpacker(space, options.Snapshotter, lease, options.Progress);
            PulledImage pulled = await FetchAsync(space, trusted is null ? reference : reference.WithDigest(trusted.Digest), options, options.Unpacks ? unpacker : null, lease, cancel).ConfigureAwait(false);
            if (trusted is { SizeBytes: > 0 } && trusted.SizeBytes != pulled.Target.Size)
                throw new KeelsonException(ErrorKind.PermissionDenied, $"pull {reference}: it has {pulled.Target.Size} bytes, and {trusted.SizeBytes} are signed");
            PulledManifest manifest = pulled.Manifests[0];
            if (manifest.Config is null) throw new KeelsonException(ErrorKind.Unsupported, $"pull {reference}: it is no image of a container");
            step("label");
            ContentDescriptor target = new(pulled.Target.MediaType, pulled.Target.Digest, pulled.Target.Size);
            ImageLabels labels = new(database.Content(space));
            await labels.SetReferencesAsync(target, reference.Repository).ConfigureAwait(false);
            await labels.SetUnpackedAsync(manifest.Manifest, manifest.Config, snapshots.Of(space, options.Snapshotter).Name, unpacker.Top).ConfigureAwait(false);
            step("name");
            await NameAsync(space, name, target, options.Labels).ConfigureAwait(false);
            step("release");
            await EndAsync(space, lease).ConfigureAwait(false);
            await EndBrokenPullsAsync(space, name).ConfigureAwait(false);
            options.Progress?.Report(new(ImageStep.Done, null, 0, 0));
            return await GetAsync(space, name, cancel).ConfigureAwait(false);
        }
        finally
        {
            // Of a pull that failed the lease stays until it expires, for the next one to go on.
            working.TryRemove((space, lease), out _);
            if (Interlocked.Decrement(ref pulls) == 0) buffers.Trim();
        }
    }

    private async Task<PulledImage> FetchAsync(string space, ImageReference reference, ImagePullOptions how, ILayerConsumer? consumer, string lease, CancellationToken cancel)
    {
        LabelSet source = LabelSet.Of((ImageLabels.SourceLabel(reference.Repository.Registry), reference.Repository.Path));
        RegistryClient? own = ClientFor(reference, how.Credential, how.Credentials, how.Hosts);
        try
        {
            using ImagePuller puller = new(own ?? client, new ContentIngest(database, space, lease, source), new()
            {
                Platform = new(how.Platform ?? Platform.Current),
                AllPlatforms = how.AllPlatforms,
                Parallelism = options.Parallelism,
                Buffers = buffers,
                Consumer = consumer,
                Progress = Translate(how.Progress, ImageStep.Downloading),
            });
            return await puller.PullAsync(reference, cancel).ConfigureAwait(false);
        }
        finally
        {
            own?.Dispose();
        }
    }

    /// <summary>A client for one call; <see langword="null"/> when the service's own will do. A credential at hand is shown to its registry, and to no other.</summary>
    private RegistryClient? ClientFor(ImageReference reference, RegistryCredential? credential, ICredentialSource? credentials, IRegistryHosts? hosts)
    {
        if (credential is not null) credentials = new FixedCredentials(new Dictionary<string, RegistryCredential> { [reference.Repository.Registry] = credential });
        return credentials is null && hosts is null ? null : new(options.Client with { Hosts = hosts ?? options.Hosts, Credentials = credentials ?? options.Credentials });
    }

    /// <summary>What earlier pulls of the same name left is held by the name now.</summary>
    private async Task EndBrokenPullsAsync(string space, string name)
    {
        foreach (LeaseRecord lease in database.Leases(space).List().ToArray())
            if (lease.Labels.GetValueOrDefault(PullLabel) == name && !working.ContainsKey((space, lease.Id))) await EndAsync(space, lease.Id).ConfigureAwait(false);
    }

    private static IProgress<TransferEvent>? Translate(IProgress<ImageProgress>? progress, ImageStep moving) => progress is null ? null : new TransferProgress(progress, moving);

    private sealed class TransferProgress(IProgress<ImageProgress> target, ImageStep moving) : IProgress<TransferEvent>
    {
        public void Report(TransferEvent value) => target.Report(new(value.State switch
        {
            TransferState.Resolving => ImageStep.Resolving,
            TransferState.Moving => moving,
            TransferState.Exists => ImageStep.Exists,
            _ => value.Offset == value.Total ? moving : ImageStep.Waiting,
        }, value.Descriptor?.Digest, value.Offset, value.Total));
    }
}
