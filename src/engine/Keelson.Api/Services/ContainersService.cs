using Containerd.Events;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Content;
using V1 = Containerd.Services.Containers.V1;

namespace Keelson.Api;

/// <summary>containerd's Containers service.</summary>
internal sealed class ContainersService(MetadataDatabase database) : V1.Containers.ContainersBase
{
    public override Task<V1.GetContainerResponse> Get(V1.GetContainerRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.GetContainerResponse { Container = ContainerMessages.Message(database.Containers(context.Namespace()).Get(request.Id)) });

    public override Task<V1.ListContainersResponse> List(V1.ListContainersRequest request, ServerCallContext context)
    {
        V1.ListContainersResponse response = new();
        response.Containers.AddRange(Select(request, context));
        return Task.FromResult(response);
    }

    public override async Task ListStream(V1.ListContainersRequest request, IServerStreamWriter<V1.ListContainerMessage> responseStream, ServerCallContext context)
    {
        foreach (V1.Container container in Select(request, context))
            await responseStream.WriteAsync(new() { Container = container }, context.CancellationToken).ConfigureAwait(false);
    }

    public override async Task<V1.CreateContainerResponse> Create(V1.CreateContainerRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        V1.Container wanted = Messages.Required(request.Container, "container");
        ContainerRecord record = ContainerMessages.Record(wanted);
        ContainerCreate message = new() { Id = wanted.Id, Image = wanted.Image, Runtime = new() { Name = wanted.Runtime.Name, Options = wanted.Runtime.Options } };
        ContainerRecord created = await database.Containers(space).CreateAsync(record, EventMessages.Draft(space, "/containers/create", message)).ConfigureAwait(false);
        return new() { Container = ContainerMessages.Message(created) };
    }

    public override async Task<V1.UpdateContainerResponse> Update(V1.UpdateContainerRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        V1.Container wanted = Messages.Required(request.Container, "container");
        IReadOnlyCollection<string> paths = Messages.Paths(request.UpdateMask);
        ContainerRecord updated = await database.Containers(space).UpdateAsync(wanted.Id, current => ContainerMessages.Apply(current, wanted, paths), row =>
        {
            ContainerUpdate message = new() { Id = row.Id, Image = row.Image, SnapshotKey = row.SnapshotKey };
            message.Labels.Fill(row.Labels);
            return EventMessages.Draft(space, "/containers/update", message);
        }).ConfigureAwait(false);
        return new() { Container = ContainerMessages.Message(updated) };
    }

    public override async Task<Empty> Delete(V1.DeleteContainerRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        await database.Containers(space).DeleteAsync(request.Id, EventMessages.Draft(space, "/containers/delete", new ContainerDelete { Id = request.Id })).ConfigureAwait(false);
        return new();
    }

    private IEnumerable<V1.Container> Select(V1.ListContainersRequest request, ServerCallContext context) =>
        database.Containers(context.Namespace()).List(Filter.ParseAll(request.Filters)).Select(ContainerMessages.Message);
}
