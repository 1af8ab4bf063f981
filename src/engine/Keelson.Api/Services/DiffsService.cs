using Grpc.Core;
using Keelson.Engine;
using Keelson.Engine.Diff;
using V1 = Containerd.Services.Diff.V1;

namespace Keelson.Api;

/// <summary>containerd's Diff service.</summary>
internal sealed class DiffsService(ContainerEngine engine) : V1.Diff.DiffBase
{
    public override async Task<V1.ApplyResponse> Apply(V1.ApplyRequest request, ServerCallContext context)
    {
        Content.ContentDescriptor layer = Messages.Descriptor(Messages.Required(request.Diff, "diff"));
        return new() { Applied = Messages.Message(await engine.Diffs.ApplyAsync(context.Namespace(), layer, MountMessages.Read(request.Mounts), context.CancellationToken).ConfigureAwait(false)) };
    }

    public override async Task<V1.DiffResponse> Diff(V1.DiffRequest request, ServerCallContext context)
    {
        DiffRequest wanted = new() { MediaType = request.MediaType, Reference = request.Ref, Labels = Messages.Labels(request.Labels), Lease = context.Lease() };
        return new() { Diff = Messages.Message(await engine.Diffs.CompareAsync(context.Namespace(), MountMessages.Read(request.Left), MountMessages.Read(request.Right), wanted, context.CancellationToken).ConfigureAwait(false)) };
    }
}
