using Keelson.Oci;

namespace Keelson.Content.Tests;

public sealed class EventLogTests : StoreTest
{
    protected override MetadataOptions Options => base.Options with { Retention = new() { Count = 5 } };

    [Fact]
    public async Task Events_have_numbers_without_gaps_and_outlive_the_process()
    {
        for (int i = 1; i <= 3; i++) Assert.Equal(i, (await Publish($"/t/{i}")).Sequence);
        EventRecord[] before = [.. Database.Events.Read()];
        await ReopenAsync();
        EventRecord[] after = [.. Database.Events.Read()];
        Assert.Equal(before.Select(record => (record.Sequence, record.Topic, record.Timestamp)), after.Select(record => (record.Sequence, record.Topic, record.Timestamp)));
        Assert.Equal([7], after[0].Payload.ToArray());
        Assert.Equal(4, (await Publish("/t/4")).Sequence);
    }

    [Fact]
    public async Task A_change_and_its_event_come_together()
    {
        await Database.Images("default").CreateAsync(new("i", new("t", Digest.Of([1]), 1)), new("default", "/images/create", "t", default));
        Assert.Equal("/images/create", Assert.Single(Database.Events.Read()).Topic);
        await FailsAsync(ErrorKind.AlreadyExists, () => Database.Images("default").CreateAsync(new("i", new("t", Digest.Of([1]), 1)), new("default", "/images/create", "t", default)));
        await FailsAsync(ErrorKind.InvalidArgument, () => Database.Images("default").CreateAsync(new("j", new("t", Digest.Of([1]), 1)), new("default", "images", "t", default)));
        Assert.Single(Database.Events.Read());
        Assert.Single(Database.Images("default").List());
    }

    [Fact]
    public async Task Old_events_go_and_who_asks_for_them_is_told()
    {
        for (int i = 1; i <= 8; i++) await Publish($"/t/{i}");
        Assert.Equal([4L, 5, 6, 7, 8], Database.Events.Read().Select(record => record.Sequence));
        Assert.Equal((4, 8), (Database.Events.FirstSequence, Database.Events.LastSequence));
        Assert.Equal(5, Database.Events.Read(3).Count());
        Fails(ErrorKind.DataLoss, () => Database.Events.Read(2));
        await ReopenAsync();
        Assert.Equal([4L, 5, 6, 7, 8], Database.Events.Read().Select(record => record.Sequence));
    }

    [Fact]
    public async Task A_list_and_a_watch_from_its_sequence_have_no_gap_and_nothing_twice()
    {
        await ReopenAsync(Options with { Retention = new() });
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < 100; i++)
                await Database.Images("default").CreateAsync(new($"i{i:d3}", new("t", Digest.Of([1]), 1)), new("default", "/images/create", "t", new[] { (byte)i }));
        });
        Condition.Await("some images", () => Database.Images("default").List().Count() > 20);
        MetadataView view = Database.View();
        List<string> seen = [.. view.Images("default").Select(image => image.Name)];
        // A writer that was quick has left nothing to watch for.
        await using IAsyncEnumerator<EventRecord> events = Database.Events.SubscribeAsync(view.EventSequence).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        while (seen.Count < 100 && await events.MoveNextAsync()) seen.Add($"i{events.Current.Payload.Span[0]:d3}");
        await writing;
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"i{i:d3}"), seen);
    }

    [Fact]
    public async Task A_subscription_sees_what_its_filter_holds_for()
    {
        IAsyncEnumerable<EventRecord> events = Database.Events.SubscribeAsync(filter: Filter.ParseAll(["topic==/a/x,namespace==default", "topic~=^/b/"]));
        await Publish("/a/x");
        await Publish("/a/y");
        await Publish("/b/z");
        List<string> topics = [];
        await foreach (EventRecord record in events)
        {
            topics.Add(record.Topic);
            if (topics.Count == 2) break;
        }
        Assert.Equal(["/a/x", "/b/z"], topics);
    }

    [Fact]
    public async Task A_subscription_ends_when_it_is_cancelled()
    {
        using CancellationTokenSource cancel = new();
        await using IAsyncEnumerator<EventRecord> events = Database.Events.SubscribeAsync(cancel: cancel.Token).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        ValueTask<bool> next = events.MoveNextAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    [Fact]
    public async Task A_reader_that_falls_behind_is_told_and_makes_nothing_grow()
    {
        await using IAsyncEnumerator<EventRecord> events = Database.Events.SubscribeAsync(0).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await Publish("/t/first");
        Assert.True(await events.MoveNextAsync());
        ValueTask<bool> next = events.MoveNextAsync();
        Assert.False(next.IsCompleted);
        for (int i = 0; i < 20; i++) await Publish("/t/more");
        List<long> seen = [];
        KeelsonException error = await Assert.ThrowsAsync<KeelsonException>(async () =>
        {
            while (await next)
            {
                seen.Add(events.Current.Sequence);
                for (int i = 0; i < 20; i++) await Publish("/t/more");
                next = events.MoveNextAsync();
            }
        });
        Assert.Equal(ErrorKind.DataLoss, error.Kind);
        Assert.Equal(5, Database.Events.Read().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("topic")]
    [InlineData("/a//b")]
    [InlineData("/a/")]
    [InlineData("/a b")]
    public async Task A_topic_of_another_form_is_InvalidArgument(string topic) => await FailsAsync(ErrorKind.InvalidArgument, () => Publish(topic));

    private Task<EventRecord> Publish(string topic) => Database.Events.PublishAsync(new("default", topic, "type", new byte[] { 7 }));
}
