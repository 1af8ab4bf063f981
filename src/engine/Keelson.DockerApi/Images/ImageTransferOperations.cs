using System.Text.Json;
using Keelson.Distribution;
using Keelson.DockerApi.Http;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.DockerApi.Images;

/// <summary>Images that come and go: pulled, pushed, loaded, saved, imported.</summary>
internal sealed class ImageTransferOperations(DockerApiServices services)
{
    private readonly IImageService images = services.Images;
    private readonly ImageNotices notices = new(services);
    private readonly string space = services.Containers.Namespace;

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("POST", "/images/create", CreateAsync);
        routes.Add("POST", "/images/load", LoadAsync);
        routes.Add("GET", "/images/get", call => SaveAsync(call, call.Query.All("names")));
        routes.Add("GET", "/images/{name*}/get", call => SaveAsync(call, [call["name"]]));
        routes.Add("POST", "/images/{name*}/push", PushAsync);
        routes.Add("POST", "/commit", new ContainerCommit(services).CommitAsync);
    }

    private Task CreateAsync(Call call) => call.Query["fromImage"].Length > 0 ? PullAsync(call) : ImportAsync(call);

    private async Task PullAsync(Call call)
    {
        ImageReference name = Names.Parse(call.Query["fromImage"], call.Query["tag"]);
        RegistryCredential? credential = RegistryAuth.Of(call);
        Platform? platform = call.Query["platform"] is { Length: > 0 } text ? PlatformOf(text) : null;
        Digest? before = await KnownAsync(name, call.Cancel).ConfigureAwait(false);
        TransferStream stream = new(call, services.Time) { Words = PullWords, Opening = new() { Status = $"Pulling from {ShortRepository(name)}", Id = name.Target } };
        EngineImage? image = null;
        await stream.RunAsync(async cancel => image = await images.PullAsync(space, name, new() { Credential = credential, Platform = platform, Progress = stream }, cancel).ConfigureAwait(false)).ConfigureAwait(false);
        if (image is null || stream.IsFailed) return;
        await notices.TransferredAsync("pull", image, name).ConfigureAwait(false);
        await stream.SayAsync($"Digest: {image.Target.Digest}").ConfigureAwait(false);
        await stream.SayAsync(before == image.Target.Digest ? $"Status: Image is up to date for {name.Familiar}" : $"Status: Downloaded newer image for {name.Familiar}").ConfigureAwait(false);
    }

    private async Task ImportAsync(Call call)
    {
        string source = call.Query["fromSrc"];
        if (source.Length == 0) throw ApiException.BadRequest("neither fromImage nor fromSrc is given");
        if (source != "-") throw ApiException.NotImplemented("this engine imports what the client sends, not what an address leads to");
        ImageReference? name = call.Query["repo"].Length > 0 ? Names.Parse(call.Query["repo"], call.Query["tag"]) : null;
        IReadOnlyList<string> changes = call.Query.All("changes");
        _ = ConfigChanges.Apply(new(), changes);
        string message = call.Query["message"] is { Length: > 0 } said ? said : "Imported from -";
        EngineImage image = await images.ImportAsync(space, call.Http.Request.Body, name, config => config with
        {
            Config = ConfigChanges.Apply(config.Config ?? new(), changes),
            History = [new() { Created = config.Created, Comment = message }],
        }, call.Cancel).ConfigureAwait(false);
        if (name is not null) await notices.TaggedAsync(image, name).ConfigureAwait(false);
        await notices.MovedAsync("import", image).ConfigureAwait(false);
        TransferStream stream = new(call, services.Time) { Words = LoadWords };
        await stream.SayAsync(image.Id.ToString()).ConfigureAwait(false);
    }

    private async Task LoadAsync(Call call)
    {
        bool quiet = call.Query.Flag("quiet");
        TransferStream stream = new(call, services.Time) { Words = LoadWords };
        IReadOnlyList<EngineImage> loaded = [];
        await stream.RunAsync(async cancel => loaded = await images.LoadAsync(space, call.Http.Request.Body, quiet ? null : stream, cancel).ConfigureAwait(false)).ConfigureAwait(false);
        foreach (EngineImage image in loaded)
        {
            await notices.MovedAsync("load", image).ConfigureAwait(false);
            string[] tags = ImageMessages.Tags(image);
            if (tags.Length == 0) await stream.WriteAsync(new() { Stream = $"Loaded image ID: {image.Id}\n" }).ConfigureAwait(false);
            foreach (string tag in tags) await stream.WriteAsync(new() { Stream = $"Loaded image: {tag}\n" }).ConfigureAwait(false);
        }
    }

    private async Task SaveAsync(Call call, IReadOnlyList<string> names)
    {
        if (names.Count == 0) throw ApiException.BadRequest("no image is named");
        // Before the answer begins, so that the client sees an error as one.
        List<EngineImage> found = [];
        foreach (string name in names) found.Add(await ImageLookup.FindAsync(services, name, call.Cancel).ConfigureAwait(false));
        call.Http.Response.ContentType = "application/x-tar";
        await images.SaveAsync(space, names, call.Http.Response.Body, call.Cancel).ConfigureAwait(false);
        foreach (EngineImage image in found) await notices.MovedAsync("save", image).ConfigureAwait(false);
    }

    private async Task PushAsync(Call call)
    {
        ImageReference name = Names.Parse(call["name"], call.Query["tag"]);
        RegistryCredential? credential = RegistryAuth.Of(call);
        TransferStream stream = new(call, services.Time) { Words = PushWords, Opening = new() { Status = $"The push refers to repository [{name.Repository}]" } };
        foreach (ImageReference each in await PushedAsync(name, call).ConfigureAwait(false))
        {
            EngineImage image = await ImageLookup.FindAsync(services, each.ToString(), call.Cancel, "An image does not exist locally with the tag: ").ConfigureAwait(false);
            await stream.RunAsync(cancel => images.PushAsync(space, each, new() { Credential = credential, Progress = stream }, cancel)).ConfigureAwait(false);
            if (stream.IsFailed) return;
            await notices.TransferredAsync("push", image, each).ConfigureAwait(false);
            await stream.SayAsync($"{each.Target}: digest: {image.Target.Digest} size: {image.Target.Size}").ConfigureAwait(false);
            await stream.AuxAsync(JsonSerializer.SerializeToUtf8Bytes(new Docker.PushAux { Tag = each.Target, Digest = image.Target.Digest.ToString(), Size = image.Target.Size }, Docker.DockerJson.Default.PushAux)).ConfigureAwait(false);
        }
    }

    /// <summary>A name with a tag, or without one all names of the repository.</summary>
    private async Task<IReadOnlyList<ImageReference>> PushedAsync(ImageReference name, Call call)
    {
        bool isWhole = call.Query["tag"].Length > 0 || !name.Digest.IsEmpty || call["name"].EndsWith(":" + name.Tag, StringComparison.Ordinal);
        if (isWhole) return [name];
        ImageReference[] found = [.. (await images.ListAsync(space, call.Cancel).ConfigureAwait(false)).SelectMany(ImageMessages.References).Where(other => other.Repository == name.Repository && other.Digest.IsEmpty)];
        return found.Length > 0 ? found : throw ApiException.NotFound($"An image does not exist locally with the tag: {call["name"]}");
    }

    private async Task<Digest?> KnownAsync(ImageReference name, CancellationToken cancel)
    {
        try
        {
            return (await images.GetAsync(space, name.ToString(), cancel).ConfigureAwait(false)).Target.Digest;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    private static string ShortRepository(ImageReference name) => name.Repository.Registry == RepositoryName.DefaultRegistry ? name.Repository.Path : name.Repository.ToString();

    private static Platform PlatformOf(string text)
    {
        string[] parts = text.Split('/');
        return parts.Length is 2 or 3 && parts.All(part => part.Length is > 0 and < 64) ? new Platform { Os = parts[0], Architecture = parts[1], Variant = parts.ElementAtOrDefault(2) }.Normalize()
            : throw ApiException.BadRequest($"platform '{text}': is not os/architecture or os/architecture/variant");
    }

    /// <summary>Steps of a pull in docker's words.</summary>
    internal static string? PullWords(ImageStep step) => step switch
    {
        ImageStep.Waiting => "Waiting",
        ImageStep.Downloading => "Downloading",
        ImageStep.Unpacking => "Extracting",
        ImageStep.Exists => "Already exists",
        ImageStep.Done => "Pull complete",
        _ => null,
    };

    private static string? PushWords(ImageStep step) => step switch
    {
        ImageStep.Waiting => "Waiting",
        ImageStep.Uploading => "Pushing",
        ImageStep.Exists => "Layer already exists",
        ImageStep.Done => "Pushed",
        _ => null,
    };

    private static string? LoadWords(ImageStep step) => step is ImageStep.Unpacking or ImageStep.Downloading ? "Loading layer" : null;
}
