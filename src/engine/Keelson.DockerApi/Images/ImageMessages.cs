using System.Text.Json;
using Keelson.DockerApi.Containers;
using Keelson.DockerApi.Http;
using Keelson.Engine.Images;
using Keelson.Oci;
using Keelson.Snapshots;

namespace Keelson.DockerApi.Images;

/// <summary>Images of the engine as messages of the API.</summary>
internal static class ImageMessages
{
    /// <summary>The line of an image in a list.</summary>
    public static Docker.ImageSummary Summary(EngineImage image)
    {
        string[] tags = Tags(image), digests = Digests(image);
        return new()
        {
            Containers = -1,
            Created = (image.Config.Created ?? DateTimeOffset.UnixEpoch).ToUnixTimeSeconds(),
            Id = image.Id.ToString(),
            Labels = image.Config.Config?.Labels is { Count: > 0 } labels ? new(labels) : null,
            ParentId = image.ParentId == default ? "" : image.ParentId.ToString(),
            RepoDigests = digests.Length > 0 ? digests : tags.Length > 0 ? null : ["<none>@<none>"],
            RepoTags = tags.Length > 0 ? tags : digests.Length > 0 ? null : ["<none>:<none>"],
            SharedSize = -1,
            Size = image.SizeBytes,
            VirtualSize = image.SizeBytes,
        };
    }

    /// <summary>All of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="snapshotter">The snapshotter that has its layers.</param>
    /// <param name="mounts">Mounts of its files; empty when they are not known.</param>
    public static Docker.ImageInspect Inspect(EngineImage image, string snapshotter, IReadOnlyList<Mount> mounts)
    {
        using JsonDocument document = JsonDocument.Parse(image.ConfigBytes);
        JsonElement root = document.RootElement;
        return new()
        {
            Id = image.Id.ToString(),
            RepoTags = Tags(image),
            RepoDigests = Digests(image),
            Parent = image.ParentId == default ? "" : image.ParentId.ToString(),
            Comment = Text(root, "comment") is { Length: > 0 } comment ? comment : image.Config.History is [.., var last] ? last.Comment ?? "" : "",
            Created = GoTime.Text(image.Config.Created),
            Container = Text(root, "container"),
            ContainerConfig = Config(root, "container_config") ?? new(),
            DockerVersion = Text(root, "docker_version"),
            Author = image.Config.Author ?? "",
            Config = Config(root, "config") ?? new(),
            Architecture = image.Config.Architecture ?? "",
            Variant = image.Config.Variant,
            Os = image.Config.Os ?? "",
            OsVersion = image.Config.OsVersion,
            Size = image.SizeBytes,
            VirtualSize = image.SizeBytes,
            GraphDriver = ContainerMessages.GraphDriver(snapshotter, mounts),
            RootFS = new() { Type = "layers", Layers = [.. (image.Config.Rootfs?.DiffIds ?? []).Select(layer => layer.ToString())] },
            Metadata = new() { LastTagTime = GoTime.Text(image.Names.Count > 0 ? image.NamedAt : null) },
        };
    }

    /// <summary>Names with tags, short as people type them.</summary>
    public static string[] Tags(EngineImage image) => [.. References(image).Where(name => name.Digest.IsEmpty).Select(name => name.Familiar)];

    /// <summary>Names with digests: of each repository, what its names stand for.</summary>
    public static string[] Digests(EngineImage image) =>
        [.. References(image).Select(name => new ImageReference(name.Repository, null, name.Digest.IsEmpty ? image.Target.Digest : name.Digest).Familiar).Distinct()];

    /// <summary>The names of an image.</summary>
    public static IEnumerable<ImageReference> References(EngineImage image)
    {
        foreach (string name in image.Names)
            if (ImageReference.TryParse(name, out ImageReference? reference)) yield return reference!;
    }

    private static string Text(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static Docker.ContainerConfig? Config(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? value.Deserialize(Docker.DockerJson.Default.ContainerConfig) : null;
}
