using System.Buffers;
using Containerd.Events;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Content;
using Keelson.Oci;
using V1 = Containerd.Services.Content.V1;

namespace Keelson.Api;

/// <summary>containerd's Content service.</summary>
internal sealed partial class ContentService(MetadataDatabase database) : V1.Content.ContentBase
{
    /// <summary>Rows of one message of a list; as containerd.</summary>
    private const int ListCount = 100;

    /// <summary>Bytes of one message of a read; as containerd.</summary>
    private const int ReadBytes = 1 << 20;

    public override Task<V1.InfoResponse> Info(V1.InfoRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.InfoResponse { Info = Message(Store(context).Info(Messages.Digest(request.Digest))) });

    public override async Task<V1.UpdateResponse> Update(V1.UpdateRequest request, ServerCallContext context)
    {
        V1.Info wanted = Messages.Required(request.Info, "info");
        ContentInfo info = new(Messages.Digest(wanted.Digest), 0) { Labels = LabelSet.From(wanted.Labels) };
        return new() { Info = Message(await Store(context).UpdateAsync(info, Messages.Paths(request.UpdateMask)).ConfigureAwait(false)) };
    }

    public override async Task List(V1.ListContentRequest request, IServerStreamWriter<V1.ListContentResponse> responseStream, ServerCallContext context)
    {
        foreach (ContentInfo[] infos in Store(context).List(Filter.ParseAll(request.Filters)).Chunk(ListCount))
        {
            V1.ListContentResponse response = new();
            response.Info.AddRange(infos.Select(Message));
            await responseStream.WriteAsync(response, context.CancellationToken).ConfigureAwait(false);
        }
    }

    public override async Task<Empty> Delete(V1.DeleteContentRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        Digest digest = Messages.Digest(request.Digest);
        EventDraft announce = EventMessages.Draft(space, "/content/delete", new ContentDelete { Digest = digest.ToString() });
        await database.Content(space).DeleteAsync(digest, announce).ConfigureAwait(false);
        return new();
    }

    public override async Task Read(V1.ReadContentRequest request, IServerStreamWriter<V1.ReadContentResponse> responseStream, ServerCallContext context)
    {
        using ContentReader reader = Store(context).OpenReader(Messages.Digest(request.Digest));
        long offset = Math.Max(request.Offset, 0);
        if (offset > reader.Size) throw OutOfRange($"read content {request.Digest}: {offset} is behind its {reader.Size} bytes");
        long left = request.Size <= 0 ? reader.Size - offset : Math.Min(request.Size, reader.Size - offset);
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(ReadBytes, Math.Max(left, 1)));
        try
        {
            while (left > 0)
            {
                int count = reader.Read(buffer.AsSpan(0, (int)Math.Min(Math.Min(buffer.Length, ReadBytes), left)), offset);
                if (count == 0) throw new KeelsonException(ErrorKind.DataLoss, $"read content {request.Digest}: it ends at {offset}");
                // The message is on the wire, or copied for it, when the call returns; then the buffer is free again.
                V1.ReadContentResponse response = new() { Offset = offset, Data = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, count)) };
                await responseStream.WriteAsync(response, context.CancellationToken).ConfigureAwait(false);
                offset += count;
                left -= count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public override Task<V1.StatusResponse> Status(V1.StatusRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.StatusResponse { Status = Message(Store(context).Status(request.Ref)) });

    public override Task<V1.ListStatusesResponse> ListStatuses(V1.ListStatusesRequest request, ServerCallContext context)
    {
        V1.ListStatusesResponse response = new();
        response.Statuses.AddRange(Store(context).ListStatuses(Filter.ParseAll(request.Filters)).Select(Message));
        return Task.FromResult(response);
    }

    public override async Task<Empty> Abort(V1.AbortRequest request, ServerCallContext context)
    {
        await Store(context).AbortAsync(request.Ref).ConfigureAwait(false);
        return new();
    }

    private ContentStore Store(ServerCallContext context) => database.Content(context.Namespace(), context.Lease());

    /// <summary>The one status that no error of the engine stands for.</summary>
    private static RpcException OutOfRange(string message) => new(new Status(StatusCode.OutOfRange, message));

    private static V1.Info Message(ContentInfo info)
    {
        V1.Info message = new() { Digest = info.Digest.ToString(), Size = info.Size, CreatedAt = Messages.Time(info.CreatedAt), UpdatedAt = Messages.Time(info.UpdatedAt) };
        message.Labels.Fill(info.Labels);
        return message;
    }

    private static V1.Status Message(ContentStatus status) => new()
    {
        Ref = status.Ref,
        Offset = status.Offset,
        Total = status.Total,
        Expected = status.Expected.ToString(),
        StartedAt = Messages.Time(status.StartedAt),
        UpdatedAt = Messages.Time(status.UpdatedAt),
    };
}
