using Grpc.Core;
using Keelson.Api.Authorization;
using Keelson.Content;
using V1 = Keelson.Services.Events.V1;

namespace Keelson.Api;

/// <summary>The durable event log with its numbers: list, then watch from the number that the list came with, and nothing is missed.</summary>
internal sealed class EventLogService(MetadataDatabase database, CallGuard guard, CancellationToken stopping) : V1.EventLog.EventLogBase
{
    public override Task<V1.BoundsResponse> Bounds(V1.BoundsRequest request, ServerCallContext context) =>
        Task.FromResult(new V1.BoundsResponse { First = database.Events.FirstSequence, Last = database.Events.LastSequence });

    public override async Task Read(V1.ReadRequest request, IServerStreamWriter<V1.Entry> responseStream, ServerCallContext context)
    {
        if (request.After < 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"read events after {request.After}: the number is negative");
        Filter filter = Filter.ParseAll(request.Filters);
        if (request.Ends)
        {
            foreach (EventRecord record in database.Events.Read(request.After))
                if (filter.Matches(EventMessages.Fields(record)) && await guard.MaySeeAsync(context, record).ConfigureAwait(false))
                    await responseStream.WriteAsync(Entry(record), context.CancellationToken).ConfigureAwait(false);
            return;
        }
        await EventStream.SendAsync(database.Events, request.After, filter, guard, context, record => responseStream.WriteAsync(Entry(record), context.CancellationToken), stopping).ConfigureAwait(false);
    }

    private static V1.Entry Entry(EventRecord record) => new()
    {
        Sequence = record.Sequence,
        Timestamp = Messages.Time(record.Timestamp),
        Namespace = record.Namespace,
        Topic = record.Topic,
        Event = EventMessages.Payload(record),
    };
}
