using System.Text;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.DockerApi.Tests.Fakes;

/// <summary>One image, <c>busybox</c>, and what was done to it.</summary>
internal sealed class FakeImages : IImageService
{
    private static readonly byte[] ConfigJson = Encoding.UTF8.GetBytes("""
        {"created":"2026-01-02T03:04:05.1234567Z","author":"somebody","architecture":"amd64","os":"linux","docker_version":"20.10","container":"abc",
         "config":{"Hostname":"built","Env":["A=b"],"Cmd":["sh"],"Labels":{"l":"1"}},
         "rootfs":{"type":"layers","diff_ids":["sha256:68a18bbc82b345ae0cfdbf190f78c865f75dc51a43b3d925126dce560543a3ca"]},
         "history":[{"created":"2026-01-02T03:04:05Z","created_by":"ADD file"},{"created":"2026-01-02T03:04:06Z","created_by":"CMD sh","empty_layer":true}]}
        """);

    private static readonly Digest Target = Digest.Of("target"u8);

    public static string Id { get; } = Digest.Of(ConfigJson).ToString();

    private List<string> names = ["docker.io/library/busybox:latest"];

    public List<string> Calls { get; } = [];

    /// <summary>What a pull reports, one after the other, each after the one before was told.</summary>
    public List<ImageProgress> Progress { get; } = [];

    /// <summary>How a pull ends.</summary>
    public KeelsonException? Failure { get; set; }

    public long ReceivedBytes { get; private set; }

    public EngineImage Busybox => new(Digest.Parse(Id), new(MediaTypes.OciManifest, Target, 528), Target,
        new() { Config = new() { MediaType = MediaTypes.OciConfig, Digest = Digest.Parse(Id), Size = ConfigJson.Length }, Layers = [] }, ImageConfig.Parse(ConfigJson))
    {
        ConfigBytes = ConfigJson, Names = names, SizeBytes = 1_982_478, NamedAt = DateTimeOffset.UnixEpoch,
    };

    public async Task<EngineImage> PullAsync(string space, ImageReference reference, ImagePullOptions? options = null, CancellationToken cancel = default)
    {
        Calls.Add($"pull {reference} {options?.Credential?.Username} {options?.Platform}");
        foreach (ImageProgress progress in Progress)
        {
            options!.Progress!.Report(progress);
            await Task.Delay(150, cancel);
        }
        return Failure is null ? Busybox : throw Failure;
    }

    public Task PushAsync(string space, ImageReference reference, ImagePushOptions? options = null, CancellationToken cancel = default)
    {
        Calls.Add($"push {reference} {options?.Credential?.Username}");
        return Failure is null ? Task.CompletedTask : Task.FromException(Failure);
    }

    public async Task<IReadOnlyList<EngineImage>> LoadAsync(string space, Stream archive, IProgress<ImageProgress>? progress = null, CancellationToken cancel = default)
    {
        byte[] buffer = new byte[64 << 10];
        for (int read; (read = await archive.ReadAsync(buffer, cancel)) > 0;) ReceivedBytes += read;
        return [Busybox];
    }

    public async Task SaveAsync(string space, IReadOnlyList<string> images, Stream archive, CancellationToken cancel = default) => await archive.WriteAsync("tar"u8.ToArray(), cancel);

    public async Task<EngineImage> ImportAsync(string space, Stream tree, ImageReference? reference, Func<ImageConfig, ImageConfig>? configure = null, CancellationToken cancel = default)
    {
        await LoadAsync(space, tree, null, cancel);
        ImageConfig config = configure!(Busybox.Config);
        Calls.Add($"import {reference} {string.Join(' ', config.Config?.Cmd ?? [])} {string.Join(' ', config.Config?.Env ?? [])} {config.History?[0].Comment}");
        return Busybox;
    }

    public Task<EngineImage> GetAsync(string space, string nameOrId, CancellationToken cancel = default)
    {
        bool isName = ImageReference.TryParse(nameOrId, out ImageReference? reference) && names.Contains(reference!.ToString());
        bool isId = nameOrId == Id || nameOrId.Length >= 4 && Id[7..].StartsWith(nameOrId, StringComparison.Ordinal);
        return isName || isId ? Task.FromResult(Busybox) : Task.FromException<EngineImage>(new KeelsonException(ErrorKind.NotFound, $"image {nameOrId}: there is none"));
    }

    public Task<IReadOnlyList<EngineImage>> ListAsync(string space, CancellationToken cancel = default) => Task.FromResult<IReadOnlyList<EngineImage>>([Busybox]);

    public Task TagAsync(string space, string nameOrId, ImageReference name, CancellationToken cancel = default)
    {
        names = [.. names, name.ToString()];
        return Task.CompletedTask;
    }

    public Task<ImageRemoval> RemoveAsync(string space, string nameOrId, bool force = false, CancellationToken cancel = default) =>
        Task.FromResult(new ImageRemoval(["docker.io/library/busybox:latest"], [Digest.Parse(Id)], [], 1));

    public Task<ImageRemoval> PruneAsync(string space, bool named, CancellationToken cancel = default)
    {
        Calls.Add($"prune {named}");
        return Task.FromResult(new ImageRemoval([], [], [], 0));
    }

    public Task<string> UnpackAsync(string space, EngineImage image, string snapshotter = "", string? lease = null, CancellationToken cancel = default) => throw new NotSupportedException();
}
