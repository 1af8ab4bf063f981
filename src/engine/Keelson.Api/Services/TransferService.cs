using Containerd.Types.Transfer;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Api.Streams;
using Keelson.Distribution;
using Keelson.Engine;
using Keelson.Engine.Images;
using V1 = Containerd.Services.Transfer.V1;

namespace Keelson.Api;

/// <summary>containerd's Transfer service: pull, push, import, export and tag, told apart by the types of source and destination.</summary>
internal sealed class TransferService(ContainerEngine engine, StreamRegistry streams) : V1.Transfer.TransferBase
{
    public override async Task<Empty> Transfer(V1.TransferRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        Any source = Messages.Required(request.Source, "source"), destination = Messages.Required(request.Destination, "destination");
        ProgressStream? progress = request.Options is { ProgressStream.Length: > 0 } options
            ? new(streams.Get(space, options.ProgressStream), "", context.CancellationToken) : null;
        try
        {
            await MoveAsync(space, source, destination, progress, context.CancellationToken).ConfigureAwait(false);
            return new();
        }
        finally
        {
            if (progress is not null) await progress.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Task MoveAsync(string space, Any source, Any destination, IProgress<ImageProgress>? progress, CancellationToken cancel)
    {
        if (AnyMessages.TryRead(source, OCIRegistry.Parser, out OCIRegistry? from) && AnyMessages.TryRead(destination, ImageStore.Parser, out ImageStore? to)) return PullAsync(space, from, to, progress, cancel);
        if (AnyMessages.TryRead(source, ImageImportStream.Parser, out ImageImportStream? import) && AnyMessages.TryRead(destination, ImageStore.Parser, out to)) return ImportAsync(space, import, to, progress, cancel);
        if (AnyMessages.TryRead(source, ImageStore.Parser, out ImageStore? store))
        {
            if (AnyMessages.TryRead(destination, OCIRegistry.Parser, out OCIRegistry? registry)) return PushAsync(space, store, registry, progress, cancel);
            if (AnyMessages.TryRead(destination, ImageExportStream.Parser, out ImageExportStream? export)) return ExportAsync(space, store, export, cancel);
            if (AnyMessages.TryRead(destination, ImageStore.Parser, out to)) return engine.Images.TagAsync(space, store.Name, Oci.ImageReference.Parse(to.Name), cancel);
        }
        throw new KeelsonException(ErrorKind.Unsupported, $"transfer from {source.TypeUrl} to {destination.TypeUrl}: that is not done here");
    }

    private async Task PullAsync(string space, OCIRegistry from, ImageStore to, IProgress<ImageProgress>? progress, CancellationToken cancel)
    {
        using StreamCredentials? credentials = Credentials(space, from);
        await engine.Images.PullAsync(space, Oci.ImageReference.Parse(from.Reference), new()
        {
            Name = to.Name.Length > 0 ? to.Name : null,
            Labels = Messages.Labels(to.Labels),
            Platform = to.Unpacks.Select(unpack => unpack.Platform).Concat(to.Platforms).Where(platform => platform is not null).Select(Platform).FirstOrDefault(),
            AllPlatforms = to.Platforms.Count > 1,
            Unpacks = to.Unpacks.Count > 0,
            Snapshotter = to.Unpacks.Count > 0 ? to.Unpacks[0].Snapshotter : "",
            Credentials = credentials,
            Hosts = Hosts(from),
            Progress = progress,
        }, cancel).ConfigureAwait(false);
        foreach (UnpackConfiguration more in to.Unpacks.Skip(1))
        {
            EngineImage image = await engine.Images.GetAsync(space, to.Name.Length > 0 ? to.Name : from.Reference, cancel).ConfigureAwait(false);
            await engine.Images.UnpackAsync(space, image, more.Snapshotter, cancel: cancel).ConfigureAwait(false);
        }
    }

    private async Task PushAsync(string space, ImageStore from, OCIRegistry to, IProgress<ImageProgress>? progress, CancellationToken cancel)
    {
        using StreamCredentials? credentials = Credentials(space, to);
        await engine.Images.PushAsync(space, Oci.ImageReference.Parse(to.Reference), new() { Image = from.Name, Credentials = credentials, Hosts = Hosts(to), Progress = progress }, cancel).ConfigureAwait(false);
    }

    private async Task ImportAsync(string space, ImageImportStream from, ImageStore to, IProgress<ImageProgress>? progress, CancellationToken cancel)
    {
        using ReceivingStream archive = new(streams.Get(space, from.Stream));
        await engine.Images.LoadAsync(space, archive, (names, digest) => Names(to, names, digest), to.Unpacks.Count > 0, progress, cancel).ConfigureAwait(false);
    }

    private async Task ExportAsync(string space, ImageStore from, ImageExportStream to, CancellationToken cancel)
    {
        SendingStream archive = new(streams.Get(space, to.Stream));
        await using (archive.ConfigureAwait(false))
        {
            string[] images = from.ExportImages.Count > 0 ? [.. from.ExportImages] : [from.Name];
            await engine.Images.SaveAsync(space, images, archive, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The names of an image from an archive: its own, unless a prefix says how they begin.</summary>
    private static List<string> Names(ImageStore store, IReadOnlyList<string> own, Oci.Digest digest)
    {
        List<string> names = [];
        foreach (string name in own)
        {
            bool isTag = Oci.ImageReference.IsTag(name);
            if (!isTag) names.Add(Oci.ImageReference.Parse(name).ToString());
            foreach (Oci.ImageReference prefix in store.ExtraReferences.Where(extra => extra.IsPrefix && (isTag || !extra.AllowOverwrite)).Select(extra => Oci.ImageReference.Parse(extra.Name)))
                names.Add(prefix.WithTag(isTag ? name : Oci.ImageReference.Parse(name).Tag ?? Oci.ImageReference.DefaultTag).ToString());
        }
        foreach (ImageReference extra in store.ExtraReferences)
            if (extra is { IsPrefix: true, AddDigest: true } && (names.Count == 0 || !extra.SkipNamedDigest)) names.Add($"{extra.Name}@{digest}");
        if (store.Name.Length > 0 && own.Count <= 1) names.Add(store.Name);
        return [.. names.Distinct()];
    }

    private StreamCredentials? Credentials(string space, OCIRegistry registry) =>
        registry.Resolver is { AuthStream.Length: > 0 } resolver ? new(streams.Get(space, resolver.AuthStream), registry.Reference) : null;

    private IRegistryHosts? Hosts(OCIRegistry registry)
    {
        RegistryResolver? resolver = registry.Resolver;
        if (resolver is null || resolver.HostDir.Length == 0 && resolver.DefaultScheme.Length == 0) return null;
        string name = Oci.ImageReference.Parse(registry.Reference).Repository.Registry;
        IRegistryHosts direct = resolver.DefaultScheme == "http" ? new DirectHosts(name) : engine.Options.Images.Hosts;
        return resolver.HostDir.Length == 0 ? direct : new HostsDirectory(resolver.HostDir, direct);
    }

    private static Oci.Platform Platform(Containerd.Types.Platform platform) => new Oci.Platform { Os = platform.Os, Architecture = platform.Architecture, Variant = platform.Variant.Length > 0 ? platform.Variant : null }.Normalize();
}
