using Containerd.Events;
using Containerd.Services.Containers.V1;
using Containerd.Services.Events.V1;
using Containerd.Services.Images.V1;
using Containerd.Services.Namespaces.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using ContentV1 = Containerd.Services.Content.V1;

namespace Keelson.Api.Tests;

/// <summary>What subscribers are told.</summary>
public class EventTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [DaemonFact]
    public async Task Changes_are_announced_as_containerd_announces_them()
    {
        using DaemonUnderTest ours = DaemonUnderTest.Start(), theirs = DaemonUnderTest.StartReference();

        List<string> seen = await ChangeAsync(ours), expected = await ChangeAsync(theirs);

        Assert.Equal(expected, seen);
        Assert.Equal(10, seen.Count);
    }

    [DaemonFact]
    public async Task Filters_look_at_topic_namespace_and_fields_of_the_event()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Namespaces.NamespacesClient namespaces = new(daemon.Channel);
        using AsyncServerStreamingCall<Envelope> call = await SubscribeAsync(daemon, "topic==/namespaces/create,event.name==b", "event.labels.team==x", "topic~=^/end$");

        foreach (string name in (string[])["a", "b", "c"]) await namespaces.CreateAsync(new() { Namespace = new() { Name = name, Labels = { ["team"] = name == "c" ? "x" : "y" } } });
        await new Events.EventsClient(daemon.Channel).PublishAsync(new() { Topic = "/end", Event = new() { TypeUrl = "none", Value = ByteString.CopyFrom(0xff) } }, DaemonUnderTest.In("test"));

        Assert.Equal(["/namespaces/create b", "/namespaces/create c", "/end test"], (await TakeAsync(call, 3)).Select(envelope => $"{envelope.Topic} {envelope.Namespace}"));
    }

    [DaemonFact]
    public async Task Forwarded_events_keep_their_time_and_namespace()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        using AsyncServerStreamingCall<Envelope> call = await SubscribeAsync(daemon);
        Envelope sent = new() { Topic = "/tasks/exit", Namespace = "shim", Timestamp = new() { Seconds = 1_000_000, Nanos = 500 }, Event = new() { TypeUrl = TaskExit.Descriptor.FullName, Value = new TaskExit { Pid = 7 }.ToByteString() } };

        await new Events.EventsClient(daemon.Channel).ForwardAsync(new() { Envelope = sent });

        Assert.Equal(sent, Assert.Single(await TakeAsync(call, 1)));
    }

    [DaemonFact]
    public async Task An_event_without_namespace_or_with_a_bad_topic_is_refused()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Events.EventsClient client = new(daemon.Channel);
        PublishRequest request = new() { Topic = "no path", Event = new() { TypeUrl = "x" } };

        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(async () => await client.PublishAsync(request))).StatusCode);
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(async () => await client.PublishAsync(request, DaemonUnderTest.In("test")))).StatusCode);
    }

    [DaemonFact]
    public async Task A_daemon_that_stops_ends_its_subscriptions()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        using ChildProcess events = daemon.StartCtr("events");
        using AsyncServerStreamingCall<Envelope> call = await SubscribeAsync(daemon);
        Task<RpcException> ended = Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default));

        daemon.AskToStop();

        Assert.Equal(StatusCode.Unavailable, (await ended.WaitAsync(Limit)).StatusCode);
        daemon.Stop().Succeeds();
    }

    /// <summary>Changes something of each kind and tells which events came of it.</summary>
    private static async Task<List<string>> ChangeAsync(DaemonUnderTest daemon)
    {
        Metadata headers = DaemonUnderTest.In("test");
        Namespaces.NamespacesClient namespaces = new(daemon.Channel);
        Images.ImagesClient images = new(daemon.Channel);
        Containers.ContainersClient containers = new(daemon.Channel);
        ContentV1.Content.ContentClient content = new(daemon.Channel);
        await namespaces.CreateAsync(new() { Namespace = new() { Name = "test" } }, headers);
        string digest = Oci.Digest.Of("abc"u8).ToString();
        using AsyncServerStreamingCall<Envelope> call = new Events.EventsClient(daemon.Channel).Subscribe(new());
        // containerd does not say when a subscription is there; the first event that arrives does.
        Task<bool> first = call.ResponseStream.MoveNext(default);
        do await new Events.EventsClient(daemon.Channel).PublishAsync(new() { Topic = "/probe", Event = new() { TypeUrl = "x" } }, headers);
        while (!first.IsCompleted);

        await namespaces.CreateAsync(new() { Namespace = new() { Name = "web", Labels = { ["a"] = "b" } } }, headers);
        await namespaces.UpdateAsync(new() { Namespace = new() { Name = "web", Labels = { ["a"] = "c" } }, UpdateMask = new() { Paths = { "labels.a" } } }, headers);
        await namespaces.DeleteAsync(new() { Name = "web" }, headers);
        using (var write = content.Write(headers))
        {
            await write.RequestStream.WriteAsync(new() { Action = ContentV1.WriteAction.Commit, Ref = "r", Data = ByteString.CopyFromUtf8("abc"), Expected = digest, Total = 3, Labels = { ["containerd.io/gc.root"] = "1" } });
            Assert.True(await write.ResponseStream.MoveNext(default));
        }
        Image image = new() { Name = "i", Target = new() { MediaType = "text/plain", Digest = digest, Size = 3 }, Labels = { ["a"] = "b" } };
        await images.CreateAsync(new() { Image = image }, headers);
        await images.UpdateAsync(new() { Image = new() { Name = "i", Labels = { ["c"] = "d" } }, UpdateMask = new() { Paths = { "labels.c" } } }, headers);
        await images.DeleteAsync(new() { Name = "i" }, headers);
        Container box = new() { Id = "box", Image = "i", Runtime = new() { Name = "r", Options = new() { TypeUrl = "o" } }, Spec = new() { TypeUrl = "s" }, Labels = { ["a"] = "b" } };
        await containers.CreateAsync(new() { Container = box }, headers);
        await containers.UpdateAsync(new() { Container = new() { Id = "box", Labels = { ["c"] = "d" } }, UpdateMask = new() { Paths = { "labels.c" } } }, headers);
        await containers.DeleteAsync(new() { Id = "box" }, headers);
        await content.DeleteAsync(new() { Digest = digest }, headers);
        await new Events.EventsClient(daemon.Channel).PublishAsync(new() { Topic = "/end", Event = new() { TypeUrl = "x" } }, headers);
        List<string> told = [];
        while (await call.ResponseStream.MoveNext(default).WaitAsync(Limit) && call.ResponseStream.Current.Topic != "/end")
            if (call.ResponseStream.Current.Topic != "/probe") told.Add(Describe(call.ResponseStream.Current));
        return told;
    }

    private static string Describe(Envelope envelope)
    {
        string payload = envelope.Event.TypeUrl switch
        {
            "containerd.events.NamespaceCreate" => Text(NamespaceCreate.Parser, envelope.Event),
            "containerd.events.NamespaceUpdate" => Text(NamespaceUpdate.Parser, envelope.Event),
            "containerd.events.ContainerUpdate" => Text(ContainerUpdate.Parser, envelope.Event),
            "containerd.services.images.v1.ImageUpdate" => Text(ImageUpdate.Parser, envelope.Event),
            _ => Convert.ToHexString(envelope.Event.Value.Span),
        };
        return $"{envelope.Namespace} {envelope.Topic} {envelope.Event.TypeUrl} {payload}";
    }

    /// <summary>A payload as text, with its labels in one order.</summary>
    private static string Text(MessageParser parser, Any message)
    {
        string[] parts = JsonFormatter.Default.Format(parser.ParseFrom(message.Value)).Split([',', '{', '}', ' '], StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', parts.Order(StringComparer.Ordinal));
    }

    /// <summary>Subscribes to our daemon, which sends its headers as soon as the subscription is there.</summary>
    private static async Task<AsyncServerStreamingCall<Envelope>> SubscribeAsync(DaemonUnderTest daemon, params string[] filters)
    {
        AsyncServerStreamingCall<Envelope> call = new Events.EventsClient(daemon.Channel).Subscribe(new() { Filters = { filters } });
        await call.ResponseHeadersAsync.WaitAsync(Limit);
        return call;
    }

    private static async Task<List<Envelope>> TakeAsync(AsyncServerStreamingCall<Envelope> call, int count)
    {
        List<Envelope> taken = [];
        while (taken.Count < count)
        {
            Assert.True(await call.ResponseStream.MoveNext(default).WaitAsync(Limit));
            taken.Add(call.ResponseStream.Current);
        }
        return taken;
    }
}
