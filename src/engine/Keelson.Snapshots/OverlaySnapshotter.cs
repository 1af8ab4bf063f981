using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots;

/// <summary>A directory a layer, stacked by overlayfs. containerd's <c>overlayfs</c>.</summary>
/// <remarks>
/// <code>
/// snapshots/7/fs     the files of the layer; upperdir while it is active, a lowerdir later
/// snapshots/7/work   workdir of an active one
/// </code>
/// </remarks>
public sealed class OverlaySnapshotter : Snapshotter
{
    private const uint TreeMode = 0b111_101_101, WorkMode = 0b111_001_001, PermissionBits = 0xfff;

    private readonly OverlaySnapshotterOptions options;
    private readonly string[] always;
    private bool? canMapOwners;

    private OverlaySnapshotter(OverlaySnapshotterOptions options) : base("overlayfs", options)
    {
        this.options = options;
        // Not an index of hard links: it would make a lower directory belong to one overlay alone.
        List<string> words = [];
        if (File.Exists("/sys/module/overlay/parameters/index")) words.Add("index=off");
        if (!UserNamespaces.IsInitial()) words.Add("userxattr");
        always = [.. words];
    }

    /// <summary>Opens the snapshotter in a directory, or makes it.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: another process has it open. DataLoss: its index is damaged.</exception>
    public static OverlaySnapshotter Open(OverlaySnapshotterOptions options) => new(options);

    /// <inheritdoc/>
    private protected override string TreeOf(SnapshotRow row) => DirectoryOf(row) + "/fs";

    /// <inheritdoc/>
    private protected override async ValueTask<bool> FillAsync(string draft, SnapshotKind kind, SnapshotRow[] below, OwnerMap? owners, CancellationToken cancel)
    {
        Place.MakeIn(draft, "fs", TreeMode);
        if (kind == SnapshotKind.Active) Place.MakeIn(draft, "work", WorkMode);
        string tree = $"{Place.Path}/{draft}/fs";
        if (owners is not null && below.Length > 0 && !CanMapOwners(draft))
        {
            await Task.Run(() => CopyBelow(below, tree, owners, cancel), cancel).ConfigureAwait(false);
            return true;
        }
        if (below.Length > 0) CopyRoot(TreeOf(below[0]), draft + "/fs", owners);
        else if (owners is not null) Place.SetOwner(draft + "/fs", owners.MapUser(0), owners.MapGroup(0));
        return false;
    }

    /// <inheritdoc/>
    private protected override ValueTask<IReadOnlyList<Mount>> MountsOfAsync(SnapshotRow row, SnapshotRow[] below, CancellationToken cancel)
    {
        bool isView = row.Info.Kind == SnapshotKind.View;
        if (below.Length == 0 || row.IsWhole) return One(new("bind", TreeOf(row), [isView ? "ro" : "rw", "rbind"]));
        OwnerMap? owners = OwnerMap.Of(row.Info.Labels);
        List<string> words = owners is null ? [] : [$"uidmap={owners.UserText}", $"gidmap={owners.GroupText}"];
        if (isView && below.Length == 1) return One(new("bind", TreeOf(below[0]), [.. words, "ro", "rbind"]));
        words.AddRange(always);
        if (!isView) words.AddRange([.. options.MountOptions, $"workdir={DirectoryOf(row)}/work", $"upperdir={TreeOf(row)}"]);
        words.Add("lowerdir=" + string.Join(':', below.Select(TreeOf)));
        return One(new("overlay", "overlay", words));
    }

    private static ValueTask<IReadOnlyList<Mount>> One(Mount mount) => ValueTask.FromResult<IReadOnlyList<Mount>>([mount]);

    /// <summary>The root of an overlay is that of its highest layer: owner and permissions go on from layer to layer.</summary>
    private void CopyRoot(string from, string to, OwnerMap? owners)
    {
        Files.TryStatus(from, out FileStatus status).ThrowIfError("stat", from);
        uint uid = owners?.MapUser(status.Uid) ?? status.Uid, gid = owners?.MapGroup(status.Gid) ?? status.Gid;
        if (uid != 0 || gid != 0) Place.SetOwner(to, uid, gid);
        if ((status.Mode & PermissionBits) != TreeMode) Place.SetMode(to, status.Mode & PermissionBits);
    }

    private void CopyBelow(SnapshotRow[] below, string tree, OwnerMap owners, CancellationToken cancel)
    {
        Mount view = below.Length == 1
            ? new("bind", TreeOf(below[0]), ["ro"])
            : new("overlay", "overlay", [.. always, "lowerdir=" + string.Join(':', below.Select(TreeOf))]);
        using TemporaryMount source = TemporaryMount.Open([view]);
        TreeCopier.Copy(source.Path, tree, owners, cancel);
    }

    private bool CanMapOwners(string draft) => !options.CopyForMappedOwners && (canMapOwners ??= MountSet.CanMapLayers($"{Place.Path}/{draft}"));
}
