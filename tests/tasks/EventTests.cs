using Keelson.Content;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Events;
using Keelson.Tasks.Tests.Support;
using Keelson.Ttrpc;

namespace Keelson.Tasks.Tests;

/// <summary>Events of shims on their way into the log.</summary>
public class EventTests
{
    private static readonly DateTimeOffset At = new(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [PublishedFact]
    public async Task An_event_is_in_the_log_when_it_is_acknowledged_with_the_time_of_its_shim()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await using TtrpcClient client = await TtrpcClient.ConnectAsync(Socket(engine));

        await ForwardAsync(client, TaskEvents.OutOfMemory("c1"));

        EventRecord record = engine.Engine.Database.Events.Read().Last();
        Assert.Equal(("other", "/tasks/oom", "containerd.events.TaskOOM", At), (record.Namespace, record.Topic, record.TypeUrl, record.Timestamp));
    }

    [PublishedFact]
    public async Task An_event_that_comes_again_after_a_restart_is_told_once()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await using (TtrpcClient client = await TtrpcClient.ConnectAsync(Socket(engine))) await ForwardAsync(client, TaskEvents.OutOfMemory("c1"));
        await engine.RestartAsync();
        await using TtrpcClient again = await TtrpcClient.ConnectAsync(Socket(engine));
        await ForwardAsync(again, TaskEvents.OutOfMemory("c1"));
        await ForwardAsync(again, TaskEvents.OutOfMemory("c2"));
        Assert.Equal(["oom c1", "oom c2"], engine.Events("other"));
    }

    [PublishedFact]
    public async Task Bad_events_and_other_methods_are_refused()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await using TtrpcClient client = await TtrpcClient.ConnectAsync(Socket(engine));
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<TtrpcException>(() => ForwardAsync(client, TaskEvents.OutOfMemory("c1"), "../x"))).Code);
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<TtrpcException>(() => client.CallAsync(new("containerd.services.events.ttrpc.v1.Events", "Forward", default)))).Code);
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<TtrpcException>(() => client.CallAsync(new("containerd.services.events.ttrpc.v1.Events", "Other", default)))).Code);
        Assert.Empty(engine.Events("other"));
    }

    [PublishedFact]
    public async Task The_socket_is_its_users_own()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        Files.TryStatus(Socket(engine), out FileStatus status).ThrowIfError("stat", "socket");
        Assert.Equal(0b110_000_000u, status.Mode & 0xfff);
        TestDirectory.SetMode(engine.State, 0b111_111_111);
        Files.TryChangeMode(Socket(engine), 0b110_110_110).ThrowIfError("chmod", "socket");
        ClientSession session = new();
        session.Start(new("containerd.services.events.ttrpc.v1.Events", "Forward", TaskEvents.OutOfMemory("c1").ToForwardRequest("other", At)));
        Assert.Equal(0, OtherUser.Ask(1000, Socket(engine), session.Unsent.ToArray()));
        Assert.Empty(engine.Events("other"));
    }

    [PublishedFact]
    public async Task The_socket_of_a_killed_daemon_is_replaced_and_another_file_is_not()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        await engine.Engine.DisposeAsync();
        Sockets.TryListen(Socket(engine), out FdHandle? dead).ThrowIfError("listen", "socket");
        dead!.Dispose();
        await engine.OpenAsync();
        await engine.Engine.DisposeAsync();
        File.WriteAllText(Socket(engine), "precious");
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(engine.OpenAsync)).Kind);
        Assert.Equal("precious", File.ReadAllText(Socket(engine)));
        File.Delete(Socket(engine));
        await engine.RestartAsync();
    }

    private static string Socket(EngineUnderTest engine) => engine.State + "/containerd.sock.ttrpc";

    private static Task ForwardAsync(TtrpcClient client, TaskEvent happened, string space = "other") =>
        client.CallAsync(new("containerd.services.events.ttrpc.v1.Events", "Forward", happened.ToForwardRequest(space, At)) { Timeout = TimeSpan.FromSeconds(10) });
}
