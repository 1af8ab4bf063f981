using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Api.Authorization;
using Keelson.Content;
using V1 = Containerd.Services.Events.V1;

namespace Keelson.Api;

/// <summary>containerd's Events service on the durable event log.</summary>
internal sealed class EventsService(MetadataDatabase database, CallGuard guard, CancellationToken stopping) : V1.Events.EventsBase
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
        await EventStream.SendAsync(database.Events, null, Filter.ParseAll(request.Filters), guard, context,
            record => responseStream.WriteAsync(Message(record), context.CancellationToken), stopping).ConfigureAwait(false);
    }

    private static V1.Envelope Message(EventRecord record) => new()
    {
        Timestamp = Messages.Time(record.Timestamp),
        Namespace = record.Namespace,
        Topic = record.Topic,
        Event = EventMessages.Payload(record),
    };
}
