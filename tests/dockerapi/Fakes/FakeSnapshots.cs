using Keelson.Engine.Snapshots;
using Keelson.Snapshots;

namespace Keelson.DockerApi.Tests.Fakes;

/// <summary>Snapshots with sizes and mounts alone.</summary>
internal sealed class FakeSnapshots : ISnapshotService, ISnapshotter
{
    public IReadOnlyList<string> Names => ["overlayfs"];

    public string Name => "overlayfs";

    public ISnapshotter Of(string space, string snapshotter = "", string? lease = null) => this;

    public ValueTask<SnapshotUsage> UsageAsync(string key, CancellationToken cancel = default) => ValueTask.FromResult(new SnapshotUsage(1_982_478, 1));

    public ValueTask<IReadOnlyList<Mount>> MountsAsync(string key, CancellationToken cancel = default) =>
        ValueTask.FromResult<IReadOnlyList<Mount>>([new("overlay", "overlay", ["workdir=/w", "upperdir=/u", "lowerdir=/a:/b"])]);

    public ValueTask<SnapshotInfo> StatAsync(string key, CancellationToken cancel = default) => throw new NotSupportedException();

    public ValueTask<SnapshotInfo> UpdateAsync(SnapshotInfo info, IReadOnlyCollection<string>? fieldPaths = null, CancellationToken cancel = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<Mount>> PrepareAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<Mount>> ViewAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default) => throw new NotSupportedException();

    public ValueTask CommitAsync(string name, string key, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default) => throw new NotSupportedException();

    public ValueTask RemoveAsync(string key, CancellationToken cancel = default) => throw new NotSupportedException();

    public IAsyncEnumerable<SnapshotInfo> WalkAsync(Func<SnapshotInfo, bool>? filter = null, CancellationToken cancel = default) => throw new NotSupportedException();

    public ValueTask CleanupAsync(CancellationToken cancel = default) => throw new NotSupportedException();
}
