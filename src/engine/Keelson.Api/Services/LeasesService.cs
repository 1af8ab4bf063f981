using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Content;
using V1 = Containerd.Services.Leases.V1;

namespace Keelson.Api;

/// <summary>containerd's Leases service.</summary>
internal sealed class LeasesService(MetadataDatabase database) : V1.Leases.LeasesBase
{
    public override async Task<V1.CreateResponse> Create(V1.CreateRequest request, ServerCallContext context) =>
        new() { Lease = Message(await Store(context).CreateAsync(request.Id, Messages.Labels(request.Labels)).ConfigureAwait(false)) };

    public override async Task<Empty> Delete(V1.DeleteRequest request, ServerCallContext context)
    {
        await Store(context).DeleteAsync(request.Id, request.Sync).ConfigureAwait(false);
        return new();
    }

    public override Task<V1.ListResponse> List(V1.ListRequest request, ServerCallContext context)
    {
        V1.ListResponse response = new();
        response.Leases.AddRange(Store(context).List(Filter.ParseAll(request.Filters)).Select(Message));
        return Task.FromResult(response);
    }

    public override async Task<Empty> AddResource(V1.AddResourceRequest request, ServerCallContext context)
    {
        await Store(context).AddResourceAsync(request.Id, Resource(request.Resource)).ConfigureAwait(false);
        return new();
    }

    public override async Task<Empty> DeleteResource(V1.DeleteResourceRequest request, ServerCallContext context)
    {
        await Store(context).DeleteResourceAsync(request.Id, Resource(request.Resource)).ConfigureAwait(false);
        return new();
    }

    public override Task<V1.ListResourcesResponse> ListResources(V1.ListResourcesRequest request, ServerCallContext context)
    {
        V1.ListResourcesResponse response = new();
        response.Resources.AddRange(Store(context).ListResources(request.Id).Select(resource => new V1.Resource { Id = resource.Id, Type = resource.Type }));
        return Task.FromResult(response);
    }

    private LeaseStore Store(ServerCallContext context) => database.Leases(context.Namespace());

    private static LeaseResource Resource(V1.Resource? resource)
    {
        Messages.Required(resource, "resource");
        return new(resource.Id, resource.Type);
    }

    private static V1.Lease Message(LeaseRecord lease)
    {
        V1.Lease message = new() { Id = lease.Id, CreatedAt = Messages.Time(lease.CreatedAt) };
        message.Labels.Fill(lease.Labels);
        return message;
    }
}
