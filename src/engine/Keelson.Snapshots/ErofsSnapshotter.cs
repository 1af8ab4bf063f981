using System.ComponentModel;
using System.Diagnostics;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots;

/// <summary>A committed layer is one read-only image of erofs; layers are stacked by overlayfs. containerd 2.1's <c>erofs</c>.</summary>
/// <remarks>
/// <code>
/// snapshots/7/fs            upperdir while it is active
/// snapshots/7/work          workdir of an active one
/// snapshots/7/layer.erofs   the image of a committed one
/// snapshots/7/layer         where that is mounted when something stands on it; a lowerdir
/// </code>
/// An image is a single file: it is removed at once, copied at disk speed, and nobody changes it by mistake. The kernel mounts it from the file
/// itself, and before Linux 6.12 or on a tmpfs through a loop device. <c>mkfs.erofs</c> of erofs-utils makes it. Mounts of layers are in this process's mount namespace and outlive the process, so
/// that containers started by others go on; <see cref="UnmountLayers"/> takes them away.
/// </remarks>
public sealed class ErofsSnapshotter : Snapshotter
{
    private const uint TreeMode = 0b111_101_101, WorkMode = 0b111_001_001, MountPointMode = 0b111_000_000, PermissionBits = 0xfff;
    private const string Tool = "mkfs.erofs", Image = "layer.erofs", ImageInMaking = "layer.new", MountPoint = "layer";

    private readonly SemaphoreSlim mounting = new(1, 1);

    private ErofsSnapshotter(SnapshotterOptions options) : base("erofs", options)
    {
    }

    /// <summary>Opens the snapshotter in a directory, or makes it.</summary>
    /// <exception cref="KeelsonException">Unsupported: the kernel has no erofs, or there is no mkfs.erofs. FailedPrecondition: another process has it open. DataLoss: its index is damaged.</exception>
    public static ErofsSnapshotter Open(SnapshotterOptions options)
    {
        if (Missing is { } reason) throw new KeelsonException(ErrorKind.Unsupported, $"open snapshotter {options.Root}: {reason}");
        return new(options);
    }

    /// <summary>What this machine lacks for it; <see langword="null"/> when it lacks nothing.</summary>
    public static string? Missing
    {
        get
        {
            if (FileSystemContext.TryOpen("erofs", out FileSystemContext? context) is not Errno.None and { } errno) return $"erofs: {errno.Describe()}";
            context!.Dispose();
            string path = Environment.GetEnvironmentVariable("PATH") ?? "";
            return path.Split(':').Any(directory => File.Exists(directory + "/" + Tool)) ? null : $"there is no program {Tool}";
        }
    }

    /// <summary>Takes away the mounts of all layers; snapshots that are asked for later mount them again.</summary>
    /// <remarks>Containers that run keep their files.</remarks>
    public void UnmountLayers()
    {
        mounting.Wait();
        try
        {
            foreach (string name in Place.List())
                if (IsMounted($"{Place.Path}/{name}/{MountPoint}")) MountSet.Unmount($"{Place.Path}/{name}/{MountPoint}", isLazy: true);
        }
        finally
        {
            mounting.Release();
        }
    }

    /// <inheritdoc/>
    private protected override string TreeOf(SnapshotRow row) => DirectoryOf(row) + (row.Info.Kind == SnapshotKind.Committed ? "/" + MountPoint : "/fs");

    /// <inheritdoc/>
    private protected override async ValueTask<bool> FillAsync(string draft, SnapshotKind kind, SnapshotRow[] below, OwnerMap? owners, CancellationToken cancel)
    {
        Place.MakeIn(draft, "fs", TreeMode);
        if (kind == SnapshotKind.Active)
        {
            Place.MakeIn(draft, "work", WorkMode);
            Place.MakeIn(draft, MountPoint, MountPointMode);
        }
        uint uid = 0, gid = 0, mode = TreeMode;
        if (below.Length > 0)
        {
            await MountLayersAsync(below[..1], cancel).ConfigureAwait(false);
            Files.TryStatus(TreeOf(below[0]), out FileStatus status).ThrowIfError("stat", TreeOf(below[0]));
            (uid, gid, mode) = (status.Uid, status.Gid, status.Mode & PermissionBits);
        }
        if (owners is not null) (uid, gid) = (owners.MapUser(uid), owners.MapGroup(gid));
        Place.SetOwner(draft + "/fs", uid, gid);
        Place.SetMode(draft + "/fs", mode);
        return false;
    }

    /// <inheritdoc/>
    private protected override async ValueTask<IReadOnlyList<Mount>> MountsOfAsync(SnapshotRow row, SnapshotRow[] below, CancellationToken cancel)
    {
        await MountLayersAsync(below, cancel).ConfigureAwait(false);
        bool isView = row.Info.Kind == SnapshotKind.View;
        if (below.Length == 0) return [new("bind", TreeOf(row), [isView ? "ro" : "rw", "rbind"])];
        OwnerMap? owners = OwnerMap.Of(row.Info.Labels);
        List<string> words = owners is null ? [] : [$"uidmap={owners.UserText}", $"gidmap={owners.GroupText}"];
        if (isView && below.Length == 1) return [new("bind", TreeOf(below[0]), [.. words, "ro", "rbind"])];
        words.Add("index=off");
        if (!isView) words.AddRange([$"workdir={DirectoryOf(row)}/work", $"upperdir={TreeOf(row)}"]);
        words.Add("lowerdir=" + string.Join(':', below.Select(TreeOf)));
        return [new("overlay", "overlay", words)];
    }

    /// <inheritdoc/>
    private protected override async ValueTask<SnapshotUsage> SealAsync(SnapshotRow active, CancellationToken cancel)
    {
        string directory = DirectoryOf(active), image = directory + "/" + Image, making = directory + "/" + ImageInMaking;
        _ = Files.TryUnlink(making);
        await MakeImageAsync(making, directory + "/fs", cancel).ConfigureAwait(false);
        Files.TryRename(making, image).ThrowIfError("rename", making);
        SnapshotUsage tree = await MeasureAsync(active, cancel).ConfigureAwait(false);
        Files.TryStatus(image, out FileStatus status).ThrowIfError("stat", image);
        return tree with { SizeBytes = status.Blocks * 512 };
    }

    /// <inheritdoc/>
    private protected override ValueTask AfterCommitAsync(SnapshotRow committed)
    {
        RecoverOne(committed);
        return ValueTask.CompletedTask;
    }

    /// <summary>The files of a committed layer are in its image; an image of an active one is not finished.</summary>
    private protected override void RecoverOne(SnapshotRow row)
    {
        string directory = DirectoryOf(row), number = SnapshotDirectories.NameOf(row.Id);
        _ = Files.TryUnlink(directory + "/" + ImageInMaking);
        if (row.Info.Kind != SnapshotKind.Committed) _ = Files.TryUnlink(directory + "/" + Image);
        else
            foreach (string name in (ReadOnlySpan<string>)["fs", "work"])
                if (Directory.Exists($"{directory}/{name}")) Place.Retire($"{number}/{name}");
    }

    /// <inheritdoc/>
    private protected override void BeforeDelete(string path)
    {
        if (IsMounted($"{path}/{MountPoint}")) MountSet.Unmount($"{path}/{MountPoint}", isLazy: true);
    }

    /// <inheritdoc/>
    private protected override void Dispose(bool isDisposing)
    {
        if (isDisposing) mounting.Dispose();
        base.Dispose(isDisposing);
    }

    private async ValueTask MountLayersAsync(SnapshotRow[] layers, CancellationToken cancel)
    {
        if (layers.Length == 0) return;
        await mounting.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            foreach (SnapshotRow layer in layers)
            {
                string place = TreeOf(layer);
                if (!IsMounted(place)) MountImage($"{DirectoryOf(layer)}/{Image}", place);
            }
        }
        finally
        {
            mounting.Release();
        }
    }

    private static void MountImage(string image, string place)
    {
        try
        {
            MountSet.Mount([new("erofs", image, ["ro"])], place);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOTBLK)
        {
            using FdHandle file = Files.Open(image, OpenFlags.O_RDONLY);
            LoopDevices.TryAttach(file.Fd, out string path, out FdHandle? device).ThrowIfError("make a loop device of", image);
            using (device) MountSet.Mount([new("erofs", path, ["ro"])], place);
        }
    }

    private static bool IsMounted(string place) =>
        Files.TryStatus(place, out FileStatus status) == Errno.None && Files.TryStatus(place + "/..", out FileStatus above) == Errno.None && status.Device != above.Device;

    private static async Task MakeImageAsync(string image, string tree, CancellationToken cancel)
    {
        ProcessStartInfo start = new(Tool, ["--quiet", "--preserve-mtime", image, tree]) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new KeelsonException(ErrorKind.Unsupported, $"start {Tool}", e);
        }
        using (process)
        {
            process.StandardInput.Close();
            try
            {
                Task<string> output = process.StandardOutput.ReadToEndAsync(cancel), errors = process.StandardError.ReadToEndAsync(cancel);
                await process.WaitForExitAsync(cancel).ConfigureAwait(false);
                string said = (await errors.ConfigureAwait(false)).Trim();
                await output.ConfigureAwait(false);
                if (process.ExitCode != 0) throw new KeelsonException(ErrorKind.Unknown, $"make image of {tree}: {Tool} ended with {process.ExitCode}: {said}");
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                throw;
            }
        }
    }
}
