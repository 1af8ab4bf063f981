using Keelson.Archive;
using Keelson.Content;
using Keelson.Engine;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Api;

/// <summary>A directory for the files of a checkpoint, which goes when it is disposed of.</summary>
internal sealed class CheckpointDirectory : IDisposable
{
    /// <summary>Type of the archive of a checkpoint.</summary>
    public const string ImageType = "application/vnd.containerd.container.criu.checkpoint.criu.tar";

    /// <summary>Type of the specification that belongs to a checkpoint.</summary>
    public const string ConfigType = "application/vnd.containerd.container.checkpoint.config.v1+proto";

    private CheckpointDirectory(string path) => Path = path;

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>Makes an empty one below the engine's root directory: a checkpoint may be as large as the memory of a container.</summary>
    /// <exception cref="LinuxException">It could not be made.</exception>
    public static CheckpointDirectory Make(ContainerEngine engine)
    {
        string path = $"{engine.Options.Root}/checkpoints/{Guid.NewGuid():N}";
        Files.TryMakeDirectories(path, 0b111_000_000).ThrowIfError("mkdir", path);
        return new(path);
    }

    /// <summary>Unpacks a checkpoint of the content store.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no checkpoint. NotFound: its content is not there.</exception>
    public static async Task<CheckpointDirectory> ReadAsync(ContainerEngine engine, string space, ContentDescriptor checkpoint, CancellationToken cancel)
    {
        if (checkpoint.MediaType != ImageType) throw new KeelsonException(ErrorKind.InvalidArgument, $"unsupported checkpoint type \"{checkpoint.MediaType}\"");
        using ContentReader reader = engine.Database.Content(space).OpenReader(checkpoint.Digest);
        CheckpointDirectory directory = Make(engine);
        try
        {
            using FdHandle root = Files.Open(directory.Path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            await using Stream archive = reader.OpenStream();
            await LayerExtractor.ExtractAsync(archive, root, new(), cancel).ConfigureAwait(false);
            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Packs the directory into the content store.</summary>
    public async Task<ContentDescriptor> WriteAsync(ContainerEngine engine, string space, string? lease, CancellationToken cancel)
    {
        using FdHandle tree = Files.Open(Path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        return await ContentFile.WriteAsync(engine.Database.Content(space, lease), Path, ImageType,
            target => LayerDiff.WriteTree(tree, target, new() { Compression = CompressionKind.None }, cancel), cancel).ConfigureAwait(false);
    }

    /// <summary>Removes it, unless it was moved.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
