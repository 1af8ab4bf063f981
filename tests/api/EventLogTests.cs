using Containerd.Services.Namespaces.V1;
using Grpc.Core;
using Keelson.Services.Events.V1;

namespace Keelson.Api.Tests;

/// <summary>The event log with its numbers: what containerd's Subscribe cannot do.</summary>
public class EventLogTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [DaemonFact]
    public async Task Between_a_list_and_a_watch_from_its_number_nothing_is_missed()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Namespaces.NamespacesClient namespaces = new(daemon.Channel);
        await CreateAsync(namespaces, "before");
        using AsyncUnaryCall<ListNamespacesResponse> list = namespaces.ListAsync(new());
        Assert.Equal("before", Assert.Single((await list).Namespaces).Name);
        long number = long.Parse((await list.ResponseHeadersAsync).GetValue(ApiHosting.SequenceHeader)!, System.Globalization.CultureInfo.InvariantCulture);
        // What happens before the watch begins is the gap.
        await CreateAsync(namespaces, "between");
        using AsyncServerStreamingCall<Entry> watch = new EventLog.EventLogClient(daemon.Channel).Read(new() { After = number, Filters = { "topic==/namespaces/create" } });
        await CreateAsync(namespaces, "after");
        Assert.Equal(["between", "after"], (await TakeAsync(watch, 2)).Select(entry => entry.Namespace));
    }

    [DaemonFact]
    public async Task A_watch_goes_on_after_the_daemon_was_killed()
    {
        string folder = TestDirectory.Make("keelsond");
        long seen;
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder))
        {
            Namespaces.NamespacesClient namespaces = new(daemon.Channel);
            await CreateAsync(namespaces, "a");
            await CreateAsync(namespaces, "b");
            using AsyncServerStreamingCall<Entry> watch = new EventLog.EventLogClient(daemon.Channel).Read(new());
            seen = (await TakeAsync(watch, 1))[0].Sequence;
            daemon.Kill();
        }
        using DaemonUnderTest again = DaemonUnderTest.Start(folder);
        EventLog.EventLogClient client = new(again.Channel);
        using AsyncServerStreamingCall<Entry> rest = client.Read(new() { After = seen, Ends = true });
        List<Entry> entries = await TakeAsync(rest, 1);
        Assert.Equal((seen + 1, "b", "containerd.events.NamespaceCreate"), (entries[0].Sequence, entries[0].Namespace, entries[0].Event.TypeUrl));
        Assert.False(await rest.ResponseStream.MoveNext(Cancel));
        BoundsResponse bounds = await client.BoundsAsync(new());
        Assert.Equal((1, seen + 1), (bounds.First, bounds.Last));
        TestDirectory.Remove(folder);
    }

    [DaemonFact]
    public async Task A_negative_number_is_refused()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        using AsyncServerStreamingCall<Entry> watch = new EventLog.EventLogClient(daemon.Channel).Read(new() { After = -1 });
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(Cancel))).StatusCode);
    }

    private static async Task CreateAsync(Namespaces.NamespacesClient client, string name) => await client.CreateAsync(new() { Namespace = new() { Name = name } });

    private static async Task<List<Entry>> TakeAsync(AsyncServerStreamingCall<Entry> call, int count)
    {
        List<Entry> taken = [];
        while (taken.Count < count && await call.ResponseStream.MoveNext(Cancel).WaitAsync(TimeSpan.FromSeconds(20), Cancel)) taken.Add(call.ResponseStream.Current);
        return taken;
    }
}
