using System.IO.Pipelines;
using Keelson.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>Fills an empty volume with what the image has at its place, as docker does at the first use.</summary>
internal static class CopyUp
{
    /// <summary>Whether there is a directory to fill a volume from.</summary>
    /// <param name="root">The container's root.</param>
    /// <param name="path">The place.</param>
    public static bool HasAnything(RootView root, string path)
    {
        using FdHandle? from = root.Find(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        return from is not null;
    }

    /// <summary>Fills a volume.</summary>
    /// <param name="root">The container's root; a link of the image leads nowhere outside of it.</param>
    /// <param name="path">The place.</param>
    /// <param name="volume">The volume's directory.</param>
    /// <param name="cancel">Ends it early.</param>
    public static async Task RunAsync(RootView root, string path, string volume, CancellationToken cancel)
    {
        if (Directories.TryListNames(volume, out List<string> names) != Errno.None || names.Count > 0) return;
        using FdHandle? from = root.Find(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        // A place that the image has no directory at gets an empty volume.
        if (from is null) return;
        Files.TryStatus(from.Fd, out FileStatus status).ThrowIfError("stat in the container", path);
        using FdHandle to = Files.Open(volume, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Pipe pipe = new();
        Task writing = Task.Run(() => Write(from, pipe.Writer, cancel), cancel);
        await using Stream reading = pipe.Reader.AsStream();
        await LayerExtractor.ExtractAsync(reading, to, new() { Compression = CompressionKind.None }, cancel).ConfigureAwait(false);
        await writing.ConfigureAwait(false);
        Files.TryChangeOwner(to.Fd, status.Uid, status.Gid).ThrowIfError("chown", volume);
        Files.TryChangeMode(to.Fd, status.Mode & 0xfff).ThrowIfError("chmod", volume);
    }

    private static void Write(FdHandle from, PipeWriter writer, CancellationToken cancel)
    {
        Exception? failure = null;
        try
        {
            using Stream stream = writer.AsStream(leaveOpen: true);
            LayerDiff.WriteTree(from, stream, new() { Compression = CompressionKind.None, KeepsSubSeconds = true }, cancel);
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            writer.Complete(failure);
        }
    }
}
