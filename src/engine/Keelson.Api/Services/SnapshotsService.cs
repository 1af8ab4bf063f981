using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Content;
using Keelson.Engine;
using Keelson.Snapshots;
using V1 = Containerd.Services.Snapshots.V1;

namespace Keelson.Api;

/// <summary>containerd's Snapshots service.</summary>
internal sealed class SnapshotsService(ContainerEngine engine) : V1.Snapshots.SnapshotsBase
{
    /// <summary>Rows of one message of a list; as containerd.</summary>
    private const int ListCount = 100;

    public override async Task<V1.PrepareSnapshotResponse> Prepare(V1.PrepareSnapshotRequest request, ServerCallContext context)
    {
        V1.PrepareSnapshotResponse response = new();
        IReadOnlyList<Mount> mounts = await Store(context, request.Snapshotter).PrepareAsync(request.Key, request.Parent, Messages.Labels(request.Labels), context.CancellationToken).ConfigureAwait(false);
        response.Mounts.AddRange(mounts.Select(MountMessages.Message));
        return response;
    }

    public override async Task<V1.ViewSnapshotResponse> View(V1.ViewSnapshotRequest request, ServerCallContext context)
    {
        V1.ViewSnapshotResponse response = new();
        IReadOnlyList<Mount> mounts = await Store(context, request.Snapshotter).ViewAsync(request.Key, request.Parent, Messages.Labels(request.Labels), context.CancellationToken).ConfigureAwait(false);
        response.Mounts.AddRange(mounts.Select(MountMessages.Message));
        return response;
    }

    public override async Task<V1.MountsResponse> Mounts(V1.MountsRequest request, ServerCallContext context)
    {
        V1.MountsResponse response = new();
        response.Mounts.AddRange((await Store(context, request.Snapshotter).MountsAsync(request.Key, context.CancellationToken).ConfigureAwait(false)).Select(MountMessages.Message));
        return response;
    }

    public override async Task<Empty> Commit(V1.CommitSnapshotRequest request, ServerCallContext context)
    {
        await Store(context, request.Snapshotter).CommitAsync(request.Name, request.Key, Messages.Labels(request.Labels), context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<Empty> Remove(V1.RemoveSnapshotRequest request, ServerCallContext context)
    {
        await Store(context, request.Snapshotter).RemoveAsync(request.Key, context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<V1.StatSnapshotResponse> Stat(V1.StatSnapshotRequest request, ServerCallContext context) =>
        new() { Info = Message(await Store(context, request.Snapshotter).StatAsync(request.Key, context.CancellationToken).ConfigureAwait(false)) };

    public override async Task<V1.UpdateSnapshotResponse> Update(V1.UpdateSnapshotRequest request, ServerCallContext context)
    {
        V1.Info wanted = Messages.Required(request.Info, "info");
        SnapshotInfo info = new(wanted.Name) { Labels = LabelSet.From(wanted.Labels) };
        return new() { Info = Message(await Store(context, request.Snapshotter).UpdateAsync(info, Messages.Paths(request.UpdateMask), context.CancellationToken).ConfigureAwait(false)) };
    }

    public override async Task List(V1.ListSnapshotsRequest request, IServerStreamWriter<V1.ListSnapshotsResponse> responseStream, ServerCallContext context)
    {
        string space = context.Namespace(), snapshotter = Store(context, request.Snapshotter).Name;
        foreach (SnapshotRecord[] rows in engine.Database.Snapshots(space, snapshotter).List(Filter.ParseAll(request.Filters)).Chunk(ListCount))
        {
            V1.ListSnapshotsResponse response = new();
            response.Info.AddRange(rows.Select(Message));
            await responseStream.WriteAsync(response, context.CancellationToken).ConfigureAwait(false);
        }
    }

    public override async Task<V1.UsageResponse> Usage(V1.UsageRequest request, ServerCallContext context)
    {
        SnapshotUsage usage = await Store(context, request.Snapshotter).UsageAsync(request.Key, context.CancellationToken).ConfigureAwait(false);
        return new() { Size = usage.SizeBytes, Inodes = usage.Inodes };
    }

    public override async Task<Empty> Cleanup(V1.CleanupRequest request, ServerCallContext context)
    {
        await Store(context, request.Snapshotter).CleanupAsync(context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    /// <summary>The snapshotter that a request names; it has to name one.</summary>
    private ISnapshotter Store(ServerCallContext context, string snapshotter)
    {
        string space = context.Namespace();
        if (snapshotter.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "request: its snapshotter argument missing");
        if (!engine.Snapshots.Names.Contains(snapshotter)) throw new KeelsonException(ErrorKind.InvalidArgument, $"snapshotter not loaded: {snapshotter}: invalid argument");
        return engine.Snapshots.Of(space, snapshotter, context.Lease());
    }

    private static V1.Info Message(SnapshotInfo info)
    {
        V1.Info message = new()
        {
            Name = info.Name,
            Parent = info.Parent,
            Kind = (V1.Kind)info.Kind,
            CreatedAt = Messages.Time(info.CreatedAt),
            UpdatedAt = Messages.Time(info.UpdatedAt),
        };
        message.Labels.Add(info.Labels.ToDictionary());
        return message;
    }

    private static V1.Info Message(SnapshotRecord row) =>
        Message(new SnapshotInfo(row.Key) { Kind = row.Kind, Parent = row.Parent, Labels = row.Labels, CreatedAt = row.CreatedAt, UpdatedAt = row.UpdatedAt });
}
