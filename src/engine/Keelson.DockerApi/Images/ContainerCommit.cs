using System.IO.Pipelines;
using Keelson.DockerApi.Containers;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Oci;
using ContainerStatus = Keelson.Engine.Containers.ContainerStatus;

namespace Keelson.DockerApi.Images;

/// <summary><c>POST /commit</c>: an image of a container as it is now: what it has written is one layer on top of its image's.</summary>
internal sealed class ContainerCommit(DockerApiServices services)
{
    /// <summary>Makes the image.</summary>
    public async Task CommitAsync(Call call)
    {
        ContainerInfo container = services.Containers.Find(call.Query["container"]);
        ImageReference? name = call.Query["repo"].Length > 0 ? Names.Parse(call.Query["repo"], call.Query["tag"]) : null;
        ContainerSettings settings = await SettingsAsync(call, container).ConfigureAwait(false);
        ContainerConfig config = ConfigChanges.Apply(Of(settings), call.Query.All("changes"));
        // Nothing changes the files while they are copied, unless the client asked for that.
        bool pauses = call.Query.Flag("pause", standard: true) && container.State.Status == ContainerStatus.Running;
        if (pauses) await services.Containers.PauseAsync(container.Id, call.Cancel).ConfigureAwait(false);
        EngineImage image;
        try
        {
            image = await LayerAsync(call, container, name, config).ConfigureAwait(false) ?? await CopyAsync(call, container, name, config).ConfigureAwait(false);
        }
        finally
        {
            if (pauses) await services.Containers.ResumeAsync(container.Id, CancellationToken.None).ConfigureAwait(false);
        }
        if (name is not null) await new ImageNotices(services).TaggedAsync(image, name).ConfigureAwait(false);
        Dictionary<string, string> attributes = new(container.Settings.Labels ?? new Dictionary<string, string>())
        {
            ["comment"] = call.Query["comment"], ["image"] = container.Settings.Image, ["imageID"] = image.Id.ToString(), ["imageRef"] = name?.Familiar ?? "", ["name"] = container.Name,
        };
        await services.Containers.TellAsync("container", "commit", container.Id, attributes).ConfigureAwait(false);
        await call.WriteAsync(new Docker.IdResponse { Id = image.Id.ToString() }, Docker.DockerJson.Default.IdResponse, 201).ConfigureAwait(false);
    }

    /// <summary>What the client sends in place of the container's settings, when it sends any.</summary>
    private static async Task<ContainerSettings> SettingsAsync(Call call, ContainerInfo container)
    {
        if (!call.HasBody) return container.Settings;
        ReadOnlyMemory<byte> body = await call.ReadJsonAsync().ConfigureAwait(false);
        if (body.Length < 8) return container.Settings;
        ContainerSettings sent = Call.Parse(body.Span, ContainerJson.Default.ContainerSettings), own = container.Settings;
        return own with
        {
            User = sent.User is { Length: > 0 } ? sent.User : own.User,
            Env = sent.Env is { Count: > 0 } ? sent.Env : own.Env,
            Cmd = sent.Cmd is { Count: > 0 } ? sent.Cmd : own.Cmd,
            Entrypoint = sent.Entrypoint is { Count: > 0 } ? sent.Entrypoint : own.Entrypoint,
            WorkingDir = sent.WorkingDir is { Length: > 0 } ? sent.WorkingDir : own.WorkingDir,
            Labels = sent.Labels is { Count: > 0 } ? sent.Labels : own.Labels,
            ExposedPorts = sent.ExposedPorts is { Count: > 0 } ? sent.ExposedPorts : own.ExposedPorts,
            Volumes = sent.Volumes is { Count: > 0 } ? sent.Volumes : own.Volumes,
        };
    }

    /// <summary>Makes the image on top of the container's; <see langword="null"/> when that is gone.</summary>
    private async Task<EngineImage?> LayerAsync(Call call, ContainerInfo container, ImageReference? name, ContainerConfig config)
    {
        if (services.Maker is not { } maker) return null;
        string space = services.Containers.Namespace;
        EngineImage parent;
        try
        {
            parent = await services.Images.GetAsync(space, container.ImageId, call.Cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
        string work = await maker.BeginWorkAsync(space, "commit-" + Guid.NewGuid().ToString("N")).ConfigureAwait(false);
        EngineImage? made = null;
        try
        {
            await maker.HoldAsync(space, work, parent).ConfigureAwait(false);
            MadeLayer? layer = await maker.MakeLayerAsync(space, work, container.SnapshotKey, parent.Config.Rootfs?.DiffIds ?? [], takes: false, call.Cancel).ConfigureAwait(false);
            DateTimeOffset now = services.Time.GetUtcNow();
            ImageHistory step = new() { Created = now, CreatedBy = string.Join(' ', container.Words), Author = call.Query["author"], Comment = call.Query["comment"], IsEmptyLayer = layer is null };
            ImageConfig image = parent.Config with { Created = now, Author = call.Query["author"], Config = config, History = [.. parent.Config.History ?? [], step] };
            made = await maker.MakeAsync(space, work, new(parent, image) { Layer = layer }, call.Cancel).ConfigureAwait(false);
            if (name is not null) await services.Images.TagAsync(space, made.Id.ToString(), name, call.Cancel).ConfigureAwait(false);
            return made;
        }
        finally
        {
            await maker.EndWorkAsync(space, work, made is null ? [] : [made]).ConfigureAwait(false);
        }
    }

    private async Task<EngineImage> CopyAsync(Call call, ContainerInfo container, ImageReference? name, ContainerConfig config)
    {
        Pipe pipe = new();
        (string comment, string author) = (call.Query["comment"], call.Query["author"]);
        Task<EngineImage> import = ReadAsync();
        try
        {
            await services.Containers.ExportAsync(container.Id, pipe.Writer.AsStream(leaveOpen: true), call.Cancel).ConfigureAwait(false);
            await pipe.Writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await pipe.Writer.CompleteAsync(e).ConfigureAwait(false);
            await Task.WhenAny(import).ConfigureAwait(false);
            throw;
        }
        return await import.ConfigureAwait(false);

        async Task<EngineImage> ReadAsync()
        {
            try
            {
                return await services.Images.ImportAsync(services.Containers.Namespace, pipe.Reader.AsStream(leaveOpen: true), name, made => made with
                {
                    Author = author.Length > 0 ? author : made.Author,
                    Config = config,
                    History = [new() { Created = made.Created, CreatedBy = string.Join(' ', container.Words), Author = author, Comment = comment }],
                }, call.Cancel).ConfigureAwait(false);
            }
            finally
            {
                // An import that failed must not leave the export waiting for a reader.
                await pipe.Reader.CompleteAsync().ConfigureAwait(false);
            }
        }
    }

    private static ContainerConfig Of(ContainerSettings settings) => new()
    {
        User = settings.User,
        ExposedPorts = settings.ExposedPorts,
        Env = settings.Env,
        Entrypoint = settings.Entrypoint,
        Cmd = settings.Cmd,
        Volumes = settings.Volumes,
        WorkingDirectory = settings.WorkingDir,
        Labels = settings.Labels,
        StopSignal = settings.StopSignal,
        StopTimeoutSeconds = settings.StopTimeoutSeconds,
        Healthcheck = settings.Healthcheck,
        OnBuild = settings.OnBuild,
        Shell = settings.Shell,
    };
}
