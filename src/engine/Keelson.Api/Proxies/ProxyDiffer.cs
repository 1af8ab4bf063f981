using Grpc.Core;
using Keelson.Content;
using Keelson.Engine.Diff;
using Keelson.Snapshots;
using V1 = Containerd.Services.Diff.V1;

namespace Keelson.Api;

/// <summary>Layers applied and made by another program: containerd's proxy plug-in of type <c>diff</c>. It reads and writes content through this engine's own API.</summary>
public sealed class ProxyDiffer : ILayerDiffer, IDisposable
{
    private readonly ProxyConnection connection;
    private readonly V1.Diff.DiffClient client;

    /// <summary>Makes a differ; the other program need not run yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="address">Path of the other program's socket.</param>
    public ProxyDiffer(string name, string address)
    {
        Name = name;
        connection = new(name, address);
        client = new(connection.Channel);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public async Task<ContentDescriptor> ApplyAsync(string space, ContentDescriptor layer, IReadOnlyList<Mount> mounts, CancellationToken cancel)
    {
        V1.ApplyRequest request = new() { Diff = Messages.Message(layer) };
        request.Mounts.AddRange(mounts.Select(MountMessages.Message));
        return Messages.Descriptor((await CallAsync($"apply {layer.Digest}", client.ApplyAsync(request, ProxyConnection.In(space), cancellationToken: cancel)).ConfigureAwait(false)).Applied);
    }

    /// <inheritdoc/>
    public async Task<ContentDescriptor> CompareAsync(string space, IReadOnlyList<Mount> lower, IReadOnlyList<Mount> upper, DiffRequest request, CancellationToken cancel)
    {
        V1.DiffRequest message = new() { MediaType = request.MediaType, Ref = request.Reference };
        message.Left.AddRange(lower.Select(MountMessages.Message));
        message.Right.AddRange(upper.Select(MountMessages.Message));
        message.Labels.Fill(request.Labels);
        return Messages.Descriptor((await CallAsync($"make a layer of type {request.MediaType}", client.DiffAsync(message, ProxyConnection.In(space, request.Lease), cancellationToken: cancel)).ConfigureAwait(false)).Diff);
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => connection.Dispose();

    private async Task<T> CallAsync<T>(string operation, AsyncUnaryCall<T> call)
    {
        using (call)
            try
            {
                return await call.ResponseAsync.ConfigureAwait(false);
            }
            catch (RpcException e)
            {
                throw connection.Error(operation, e);
            }
    }
}
