using Grpc.Core;
using Keelson.Content;
using Keelson.Oci;
using V1 = Containerd.Services.Content.V1;

namespace Keelson.Api;

internal sealed partial class ContentService
{
    /// <summary>Writes one ingest. The stream may end at any point; another one with the same reference goes on where the bytes end.</summary>
    public override async Task Write(IAsyncStreamReader<V1.WriteContentRequest> requestStream, IServerStreamWriter<V1.WriteContentResponse> responseStream, ServerCallContext context)
    {
        CancellationToken cancel = context.CancellationToken;
        ContentStore store = Store(context);
        if (!await requestStream.MoveNext(cancel).ConfigureAwait(false)) return;
        V1.WriteContentRequest first = requestStream.Current;
        if (first.Ref.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "write content: the first message has no reference");
        Digest expected = Messages.OptionalDigest(first.Expected);
        using IContentWriter writer = await store.OpenWriterAsync(first.Ref, first.Total, expected, cancel).ConfigureAwait(false);
        WriteSession session = new(writer) { Total = first.Total, Expected = expected };
        do
            await responseStream.WriteAsync(await session.AnswerAsync(requestStream.Current, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        while (await requestStream.MoveNext(cancel).ConfigureAwait(false));
    }

    /// <summary>Answers the requests of one stream.</summary>
    private sealed class WriteSession(IContentWriter writer)
    {
        private bool isCommitted;

        /// <summary>Bytes in the end; 0 when no request has said it.</summary>
        public long Total { get; set; }

        /// <summary>The digest in the end; empty when no request has said it.</summary>
        public Digest Expected { get; set; }

        public async Task<V1.WriteContentResponse> AnswerAsync(V1.WriteContentRequest request, CancellationToken cancel)
        {
            if (isCommitted) throw new KeelsonException(ErrorKind.FailedPrecondition, $"write {writer.Ref}: it is committed");
            TakeOver(request);
            V1.WriteContentResponse response = new() { Action = request.Action };
            if (request.Action == V1.WriteAction.Stat)
            {
                ContentStatus status = writer.Status;
                response.StartedAt = Messages.Time(status.StartedAt);
                response.UpdatedAt = Messages.Time(status.UpdatedAt);
                response.Total = Total;
                response.Offset = writer.Offset;
                response.Digest = writer.Digest().ToString();
                return response;
            }
            if (request.Action is not (V1.WriteAction.Write or V1.WriteAction.Commit)) throw new KeelsonException(ErrorKind.InvalidArgument, $"write {writer.Ref}: the action {(int)request.Action} is unknown");
            await AppendAsync(request, cancel).ConfigureAwait(false);
            response.Offset = writer.Offset;
            if (request.Action == V1.WriteAction.Write) response.Digest = writer.Digest().ToString();
            else response.Digest = (await CommitAsync(request).ConfigureAwait(false)).Digest.ToString();
            return response;
        }

        /// <summary>Total and digest may come with any request, and stay then.</summary>
        private void TakeOver(V1.WriteContentRequest request)
        {
            if (request.Expected.Length > 0)
            {
                Digest digest = Messages.Digest(request.Expected);
                if (!Expected.IsEmpty && Expected != digest) throw new KeelsonException(ErrorKind.InvalidArgument, $"write {writer.Ref}: its digest was {Expected} and is {digest} now");
                Expected = digest;
            }
            if (request.Total == 0) return;
            if (Total != 0 && Total != request.Total) throw new KeelsonException(ErrorKind.InvalidArgument, $"write {writer.Ref}: its total was {Total} and is {request.Total} now");
            Total = request.Total;
        }

        /// <summary>An offset of 0 begins anew, any other has to be where the bytes end.</summary>
        private async Task AppendAsync(V1.WriteContentRequest request, CancellationToken cancel)
        {
            if (request.Offset != 0 && request.Offset != writer.Offset) throw OutOfRange($"write {writer.Ref} at {request.Offset}: its bytes end at {writer.Offset}");
            if (request.Offset == 0 && writer.Offset > 0) await writer.TruncateAsync(0, cancel).ConfigureAwait(false);
            if (!request.Data.IsEmpty) writer.Write(request.Data.Span);
        }

        private async Task<ContentInfo> CommitAsync(V1.WriteContentRequest request)
        {
            isCommitted = true;
            return await writer.CommitAsync(Total, Expected, Messages.Labels(request.Labels)).ConfigureAwait(false);
        }
    }
}
