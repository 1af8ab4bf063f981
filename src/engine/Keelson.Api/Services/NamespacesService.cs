using Containerd.Events;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Content;
using V1 = Containerd.Services.Namespaces.V1;

namespace Keelson.Api;

/// <summary>containerd's Namespaces service.</summary>
internal sealed class NamespacesService(MetadataDatabase database) : V1.Namespaces.NamespacesBase
{
    /// <summary>A namespace that nobody has made is answered as one without labels, as containerd does: dockerd asks for the labels of its own before it makes anything there.</summary>
    public override Task<V1.GetNamespaceResponse> Get(V1.GetNamespaceRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.GetNamespaceResponse { Namespace = Message(database.Namespaces.Find(request.Name) ?? new(request.Name, LabelSet.Empty)) });

    public override Task<V1.ListNamespacesResponse> List(V1.ListNamespacesRequest request, ServerCallContext context)
    {
        V1.ListNamespacesResponse response = new();
        response.Namespaces.AddRange(database.Namespaces.List(Filter.Parse(request.Filter)).Select(Message));
        return Task.FromResult(response);
    }

    public override async Task<V1.CreateNamespaceResponse> Create(V1.CreateNamespaceRequest request, ServerCallContext context)
    {
        V1.Namespace wanted = Messages.Required(request.Namespace, "namespace");
        LabelSet labels = Messages.Labels(wanted.Labels);
        NamespaceCreate message = new() { Name = wanted.Name };
        message.Labels.Fill(labels);
        EventDraft announce = EventMessages.Draft(Place(context, wanted.Name), "/namespaces/create", message);
        return new() { Namespace = Message(await database.Namespaces.CreateAsync(wanted.Name, labels, announce).ConfigureAwait(false)) };
    }

    public override async Task<V1.UpdateNamespaceResponse> Update(V1.UpdateNamespaceRequest request, ServerCallContext context)
    {
        V1.Namespace wanted = Messages.Required(request.Namespace, "namespace");
        NamespaceUpdate message = new() { Name = wanted.Name };
        message.Labels.Add(wanted.Labels);
        EventDraft announce = EventMessages.Draft(Place(context, wanted.Name), "/namespaces/update", message);
        NamespaceInfo updated = await database.Namespaces.UpdateAsync(wanted.Name, LabelSet.From(wanted.Labels), Messages.Paths(request.UpdateMask), announce).ConfigureAwait(false);
        return new() { Namespace = Message(updated) };
    }

    public override async Task<Empty> Delete(V1.DeleteNamespaceRequest request, ServerCallContext context)
    {
        await database.Namespaces.DeleteAsync(request.Name, EventMessages.Draft(request.Name, "/namespaces/delete", new NamespaceDelete { Name = request.Name })).ConfigureAwait(false);
        return new();
    }

    /// <summary>Where making and changing are announced: in the namespace of the call, as containerd, and in the new one when the call has none.</summary>
    private static string Place(ServerCallContext context, string name) => context.OptionalNamespace() ?? name;

    private static V1.Namespace Message(NamespaceInfo space)
    {
        V1.Namespace message = new() { Name = space.Name };
        message.Labels.Fill(space.Labels);
        return message;
    }
}
