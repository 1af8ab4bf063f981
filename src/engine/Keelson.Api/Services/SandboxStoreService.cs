using Containerd.Types;
using Grpc.Core;
using Keelson.Content;
using V1 = Containerd.Services.Sandbox.V1;

namespace Keelson.Api;

/// <summary>containerd's store of sandboxes. It announces nothing: events are told of those that run.</summary>
internal sealed class SandboxStoreService(MetadataDatabase database) : V1.Store.StoreBase
{
    public override async Task<V1.StoreCreateResponse> Create(V1.StoreCreateRequest request, ServerCallContext context) =>
        new() { Sandbox = SandboxMessages.Message(await Records(context).CreateAsync(SandboxMessages.Record(Messages.Required(request.Sandbox, "sandbox"))).ConfigureAwait(false)) };

    public override async Task<V1.StoreUpdateResponse> Update(V1.StoreUpdateRequest request, ServerCallContext context)
    {
        Sandbox wanted = Messages.Required(request.Sandbox, "sandbox");
        return new() { Sandbox = SandboxMessages.Message(await Records(context).UpdateAsync(wanted.SandboxId, current => SandboxMessages.Apply(current, wanted, request.Fields)).ConfigureAwait(false)) };
    }

    public override async Task<V1.StoreDeleteResponse> Delete(V1.StoreDeleteRequest request, ServerCallContext context)
    {
        await Records(context).DeleteAsync(request.SandboxId).ConfigureAwait(false);
        return new();
    }

    public override Task<V1.StoreListResponse> List(V1.StoreListRequest request, ServerCallContext context)
    {
        V1.StoreListResponse response = new();
        response.List.AddRange(Records(context).List(Filter.ParseAll(request.Filters)).Select(SandboxMessages.Message));
        return Task.FromResult(response);
    }

    public override Task<V1.StoreGetResponse> Get(V1.StoreGetRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.StoreGetResponse { Sandbox = SandboxMessages.Message(Records(context).Get(request.SandboxId)) });

    private SandboxStore Records(ServerCallContext context) => database.Sandboxes(context.Namespace());
}
