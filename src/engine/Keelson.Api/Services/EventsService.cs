using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Content;
using V1 = Containerd.Services.Events.V1;

namespace Keelson.Api;

/// <summary>containerd's Events service on the durable event log.</summary>
internal sealed class EventsService(MetadataDatabase database, CancellationToken stopping) : V1.Events.EventsBase
{
    public override async Task<Empty> Publish(V1.PublishRequest request, ServerCallContext context)
    {
        Any message = Messages.Required(request.Event, "event");
        await database.Events.PublishAsync(new(context.Namespace(), request.Topic, message.TypeUrl, message.Value.Memory)).ConfigureAwait(false);
        return new();
    }

    public override async Task<Empty> Forward(V1.ForwardRequest request, ServerCallContext context)
    {
        V1.Envelope envelope = Messages.Required(request.Envelope, "envelope");
        Any message = Messages.Required(envelope.Event, "event");
        DateTimeOffset time = Messages.Required(envelope.Timestamp, "timestamp").ToDateTimeOffset();
        await database.Events.PublishAsync(new(envelope.Namespace, envelope.Topic, message.TypeUrl, message.Value.Memory) { Timestamp = time }).ConfigureAwait(false);
        return new();
    }

    public override async Task Subscribe(V1.SubscribeRequest request, IServerStreamWriter<V1.Envelope> responseStream, ServerCallContext context)
    {
        Filter filter = Filter.ParseAll(request.Filters);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        IAsyncEnumerable<EventRecord> events = database.Events.SubscribeAsync(filter: filter, fields: EventMessages.Fields, cancel: ended.Token);
        // Who has the headers is subscribed: what happens from then on arrives.
        await context.WriteResponseHeadersAsync(new Metadata()).ConfigureAwait(false);
        try
        {
            await foreach (EventRecord record in events.ConfigureAwait(false))
                await responseStream.WriteAsync(Message(record), context.CancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new KeelsonException(ErrorKind.Unavailable, "subscribe to events: the daemon stops");
        }
    }

    private static V1.Envelope Message(EventRecord record) => new()
    {
        Timestamp = Messages.Time(record.Timestamp),
        Namespace = record.Namespace,
        Topic = record.Topic,
        Event = new() { TypeUrl = record.TypeUrl, Value = UnsafeByteOperations.UnsafeWrap(record.Payload) },
    };
}
