using System.IO.Pipelines;
using Keelson.Archive;
using Keelson.Linux;
using Keelson.Snapshots;

namespace Keelson.Engine.Containers;

/// <summary>Files of containers: copied in and out, compared, exported.</summary>
internal sealed partial class ContainerService
{
    public async Task<ContainerSize> SizeAsync(string nameOrId, CancellationToken cancel = default)
    {
        ContainerInfo info = Get(nameOrId);
        ISnapshotter snapshotter = Snapshotter(info);
        long writable = (await snapshotter.UsageAsync(info.SnapshotKey, cancel).ConfigureAwait(false)).SizeBytes, all = writable;
        SnapshotInfo row = await snapshotter.StatAsync(info.SnapshotKey, cancel).ConfigureAwait(false);
        while (row.Parent.Length > 0)
        {
            all += (await snapshotter.UsageAsync(row.Parent, cancel).ConfigureAwait(false)).SizeBytes;
            row = await snapshotter.StatAsync(row.Parent, cancel).ConfigureAwait(false);
        }
        return new(writable, all);
    }

    public async Task<IReadOnlyList<TreeChange>> ChangesAsync(string nameOrId, CancellationToken cancel = default)
    {
        ContainerInfo info = Get(nameOrId);
        ISnapshotter snapshotter = Snapshotter(info);
        string parent = (await snapshotter.StatAsync(info.SnapshotKey, cancel).ConfigureAwait(false)).Parent, view = info.Id + "-changes-" + Guid.NewGuid().ToString("N");
        // A label of the collector's keeps the view while it is looked at.
        IReadOnlyList<Mount> below = await snapshotter.ViewAsync(view, parent, new Dictionary<string, string> { [Content.ControlLabels.GcRoot] = "1" }, cancel).ConfigureAwait(false);
        try
        {
            IReadOnlyList<Mount> mounts = await snapshotter.MountsAsync(info.SnapshotKey, cancel).ConfigureAwait(false);
            return await Task.Run(() =>
            {
                using RootView before = RootView.Open(below), after = RootView.Open(mounts);
                return TreeComparer.Compare(before.Root, after.Root, cancel);
            }, cancel).ConfigureAwait(false);
        }
        finally
        {
            await snapshotter.RemoveAsync(view, CancellationToken.None).ConfigureAwait(false);
        }
    }

    public async Task ExportAsync(string nameOrId, Stream archive, CancellationToken cancel = default)
    {
        ContainerInfo info = Get(nameOrId);
        IReadOnlyList<Mount> mounts = await Snapshotter(info).MountsAsync(info.SnapshotKey, cancel).ConfigureAwait(false);
        // The tree is written by a thread that may wait, and an archive on its way to a client is a stream that none may.
        Pipe pipe = new();
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task writing = Task.Run(() => WriteTree(mounts, pipe.Writer, end.Token), CancellationToken.None);
        try
        {
            await pipe.Reader.CopyToAsync(archive, cancel).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
            await Task.WhenAny(writing).ConfigureAwait(false);
        }
        await writing.ConfigureAwait(false);
        await TellAsync(info, "export").ConfigureAwait(false);
    }

    private static void WriteTree(IReadOnlyList<Mount> mounts, PipeWriter writer, CancellationToken cancel)
    {
        Exception? problem = null;
        try
        {
            using RootView root = RootView.Open(mounts);
            using Stream into = writer.AsStream(leaveOpen: true);
            LayerDiff.WriteTree(root.Root, into, new() { Compression = CompressionKind.None }, cancel);
        }
        catch (Exception e)
        {
            problem = e;
            throw;
        }
        finally
        {
            writer.Complete(problem);
        }
    }

    public async Task<PathStatus> StatPathAsync(string nameOrId, string path, CancellationToken cancel = default)
    {
        ContainerInfo info = Get(nameOrId);
        using ContainerFiles files = await OpenFilesAsync(info, path, cancel).ConfigureAwait(false);
        return files.Status();
    }

    public async Task<ContainerArchive> GetArchiveAsync(string nameOrId, string path, CancellationToken cancel = default)
    {
        ContainerInfo info = Get(nameOrId);
        ContainerFiles files = await OpenFilesAsync(info, path, cancel).ConfigureAwait(false);
        try
        {
            PathStatus status = files.Status();
            Pipe pipe = new();
            _ = background.Run($"archive {path} of container {info.Id}", () =>
            {
                files.Write(pipe.Writer, cancel);
                return Task.CompletedTask;
            });
            await TellAsync(info, "archive-path").ConfigureAwait(false);
            return new(status, pipe.Reader.AsStream());
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public async Task PutArchiveAsync(string nameOrId, string path, Stream archive, bool keepKinds = false, bool keepOwners = true, CancellationToken cancel = default)
    {
        ContainerInfo info = Get(nameOrId);
        using ContainerFiles files = await OpenTargetAsync(info, path, cancel).ConfigureAwait(false);
        if (files.Point is { IsWritable: false }) throw new KeelsonException(ErrorKind.PermissionDenied, "mounted volume is marked read-only");
        if (files.Point is null && info.Host.ReadonlyRootfs) throw new KeelsonException(ErrorKind.PermissionDenied, "container rootfs is marked read-only");
        using FdHandle target = files.OpenDirectory();
        // The daemon changes owners of what it unpacks itself, so names in the archive and libraries in the container have no say.
        await LayerExtractor.ExtractAsync(archive, target, new() { ChangesOwner = keepOwners, KeepsKinds = keepKinds, Whiteouts = WhiteoutMode.None }, cancel).ConfigureAwait(false);
        await TellAsync(info, "extract-to-dir").ConfigureAwait(false);
    }

    private async Task<ContainerFiles> OpenTargetAsync(ContainerInfo info, string path, CancellationToken cancel)
    {
        try
        {
            return await OpenFilesAsync(info, path + "/.", cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // A file in the place of the directory has an error of its own.
            using ContainerFiles other = await OpenFilesAsync(info, path, cancel).ConfigureAwait(false);
            throw new KeelsonException(ErrorKind.InvalidArgument, "extraction point is not a directory", e);
        }
    }

    private async Task<ContainerFiles> OpenFilesAsync(ContainerInfo info, string path, CancellationToken cancel)
    {
        if (info.State.IsRunning)
        {
            try
            {
                return ContainerFiles.Open(RootView.Open(info.State.Pid), path, info, isMounted: true);
            }
            catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ESRCH && !Get(info.Id).State.IsRunning)
            {
                // It has just ended.
            }
        }
        IReadOnlyList<Mount> mounts = await Snapshotter(info).MountsAsync(info.SnapshotKey, cancel).ConfigureAwait(false);
        return ContainerFiles.PointOf(info, path) switch
        {
            { Type: "volume" } point when point.Driver != IVolumeService.Local => await OpenVolumeAsync(info, point, path, cancel).ConfigureAwait(false),
            { Source.Length: > 0 } point => ContainerFiles.Open(RootView.Open(point.Source), path, info, isMounted: false),
            _ => ContainerFiles.Open(RootView.Open(mounts), path, info, isMounted: false),
        };
    }

    /// <summary>Files of a plug-in's volume, which is in use until they are closed.</summary>
    private async Task<ContainerFiles> OpenVolumeAsync(ContainerInfo info, MountPoint point, string path, CancellationToken cancel)
    {
        string user = $"{info.Id} copy {Guid.NewGuid():N}", source = await volumes.MountAsync(point.Name, user, point.Destination, cancel).ConfigureAwait(false);
        void Close() => _ = background.Run($"give back volume {point.Name}", () => volumes.UnmountAsync(point.Name, user, null, []));
        RootView view;
        try
        {
            view = RootView.Open(source, Close);
        }
        catch
        {
            Close();
            throw;
        }
        ContainerInfo mounted = info with { Mounts = [.. info.Mounts.Select(other => other == point ? point with { Source = source } : other)] };
        return ContainerFiles.Open(view, path, mounted, isMounted: false);
    }
}
