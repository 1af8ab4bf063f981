using Grpc.Core;
using Keelson.Content;
using Keelson.Engine.Tasks;
using Keelson.Shim.Api;
using V1 = Containerd.Services.Tasks.V1;

namespace Keelson.Api;

/// <summary>Saving the processes of a task.</summary>
internal sealed partial class TasksService
{
    public override async Task<V1.CheckpointTaskResponse> Checkpoint(V1.CheckpointTaskRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        CancellationToken cancel = context.CancellationToken;
        ContainerDefinition definition = ContainerDefinition.Of(engine.Database.Containers(space).Get(request.ContainerId));
        TypedMessage? options = TaskMessages.Typed(request.Options);
        V1.CheckpointTaskResponse response = new();
        if (RuncOptions.CheckpointPath(options) is { Length: > 0 } chosen)
        {
            // The caller takes the files where it wants them.
            await Tasks.CheckpointAsync(space, new(request.ContainerId, chosen, options), cancel).ConfigureAwait(false);
            return response;
        }
        using CheckpointDirectory directory = CheckpointDirectory.Make(engine);
        await Tasks.CheckpointAsync(space, new(request.ContainerId, directory.Path, options), cancel).ConfigureAwait(false);
        ContentDescriptor image = await directory.WriteAsync(engine, space, context.Lease(), cancel).ConfigureAwait(false);
        byte[] spec = definition.Spec.Write().ToArray();
        ContentDescriptor config = await ContentFile.WriteAsync(engine.Database.Content(space, context.Lease()), directory.Path + "/spec", CheckpointDirectory.ConfigType, target => target.Write(spec), cancel).ConfigureAwait(false);
        response.Descriptors.Add(Messages.Message(image));
        response.Descriptors.Add(Messages.Message(config));
        return response;
    }
}
