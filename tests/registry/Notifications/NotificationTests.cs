using System.Text.Json.Nodes;
using Keelson.Oci;
using Keelson.Registry.Events;
using Keelson.Registry.Notifications;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Notifications;

/// <summary>Others are told what happens: in distribution's form, at least once, in order.</summary>
public sealed class NotificationTests
{
    private static NotificationOptions To(EventReceiver receiver, Func<NotificationEndpoint, NotificationEndpoint>? change = null)
    {
        NotificationEndpoint endpoint = new() { Name = "one", Url = receiver.Url, Backoff = TimeSpan.FromMilliseconds(20), Threshold = 2, Timeout = TimeSpan.FromSeconds(20) };
        return new() { Endpoints = [change?.Invoke(endpoint) ?? endpoint], IncludesReferences = true, Source = "here:5000" };
    }

    [Fact]
    public async Task They_are_told_what_distribution_tells()
    {
        Programs.Need("docker-registry");
        await using EventReceiver ours = await EventReceiver.StartAsync(), theirs = await EventReceiver.StartAsync();
        await using NotifiedRegistry registry = await NotifiedRegistry.StartAsync(To(ours));
        using DebianRegistry debian = new(notifies: theirs.Url);
        using HttpClient client = new() { BaseAddress = new("http://" + debian.Name) };
        byte[] layer = Pushes.Random();
        await UseAsync(registry.Client, layer);
        await UseAsync(client, layer);
        theirs.Await(11);
        ours.Await(11);
        List<string> expected = [.. theirs.Events.Select(Normal).Order(StringComparer.Ordinal)], told = [.. ours.Events.Select(Normal).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, told);
        Assert.All(ours.Requests, request => Assert.Equal("application/vnd.docker.distribution.events.v2+json", request.ContentType.ToString()));
        Assert.Equal(11, ours.Events.Select(happened => (string?)happened["id"]).Distinct().Count());
    }

    /// <summary>Everything that there are events of. What distribution cannot do is not in it.</summary>
    private static async Task UseAsync(HttpClient client, byte[] layer)
    {
        byte[] config = "{}"u8.ToArray(), manifest = Pushes.Manifest(config, layer);
        foreach (byte[] content in (byte[][])[config, layer])
        {
            using HttpResponseMessage begun = await client.PostAsync("/v2/a/b/blobs/uploads/", null);
            string location = begun.EnsureSuccessStatusCode().Headers.Location!.ToString(), separator = location.Contains('?', StringComparison.Ordinal) ? "&" : "?";
            (await client.PutAsync($"{location}{separator}digest={Digest.Of(content)}", new ByteArrayContent(content))).EnsureSuccessStatusCode();
        }
        (await client.PutManifestAsync("a/b", "latest", manifest)).EnsureSuccessStatusCode();
        Digest blob = Digest.Of(layer), digest = Digest.Of(manifest);
        foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head])
            foreach (string path in (string[])["/v2/a/b/manifests/latest", $"/v2/a/b/blobs/{blob}"])
            {
                using HttpRequestMessage request = new(method, path);
                request.Headers.Add("Accept", MediaTypes.OciManifest);
                (await client.SendAsync(request)).EnsureSuccessStatusCode();
            }
        (await client.PostAsync($"/v2/c/blobs/uploads/?mount={blob}&from=a/b", null)).EnsureSuccessStatusCode();
        (await client.DeleteAsync($"/v2/a/b/blobs/{blob}")).EnsureSuccessStatusCode();
        (await client.DeleteAsync($"/v2/a/b/manifests/{digest}")).EnsureSuccessStatusCode();
        // What nobody is told of.
        (await client.GetAsync("/v2/")).EnsureSuccessStatusCode();
        (await client.GetAsync("/v2/_catalog")).EnsureSuccessStatusCode();
    }

    /// <summary>What both must say alike: everything but identities, times, addresses and hosts.</summary>
    private static string Normal(JsonObject happened)
    {
        JsonObject copy = happened.DeepClone().AsObject();
        Assert.True(DateTimeOffset.TryParse((string?)copy["timestamp"], out _));
        foreach (string name in (string[])["id", "timestamp"]) Assert.True(copy.Remove(name));
        foreach (string name in (string[])["id", "addr", "host"]) Assert.True(copy["request"]!.AsObject().Remove(name));
        foreach (string name in (string[])["addr", "instanceID"]) Assert.True(copy["source"]!.AsObject().Remove(name));
        JsonObject target = copy["target"]!.AsObject();
        if (target["url"] is { } url) target["url"] = new Uri((string)url!).AbsolutePath;
        return copy.ToJsonString();
    }

    [Fact]
    public async Task What_is_not_taken_is_told_again_in_order()
    {
        await using EventReceiver receiver = await EventReceiver.StartAsync();
        receiver.Status = number => number % 3 == 0 ? 200 : 503;
        TestLog log = new();
        await using NotifiedRegistry registry = await NotifiedRegistry.StartAsync(To(receiver, endpoint => endpoint with { BatchLimit = 2 }), log: log);
        for (int i = 0; i < 5; i++) await registry.Client.PushBlobAsync("a", [(byte)i]);
        receiver.Await(5);
        Assert.Equal([.. Enumerable.Range(0, 5).Select(i => Digest.Of([(byte)i]).ToString())], receiver.Events.Select(happened => (string)happened["target"]!["digest"]!));
        Condition.Await("the figures", () => registry.Notifier.Figures[0].Sent == 5);
        Assert.True(registry.Notifier.Figures[0].Failures >= 4);
        Assert.Contains("answered 503", log.Text, StringComparison.Ordinal);
        Condition.Await("the queue to be empty", () => registry.Notifier.PendingBytes == 0);
    }

    [Fact]
    public async Task One_that_is_away_holds_nobody_else_up()
    {
        await using EventReceiver receiver = await EventReceiver.StartAsync(), dead = await EventReceiver.StartAsync();
        dead.Status = _ => 500;
        NotificationOptions options = To(receiver);
        await using NotifiedRegistry registry = await NotifiedRegistry.StartAsync(options with { Endpoints = [options.Endpoints[0] with { Name = "dead", Url = dead.Url }, .. options.Endpoints] });
        await registry.Client.PushImageAsync("a", "t");
        receiver.Await(3);
        Assert.Empty(dead.Events);
        dead.Status = _ => 200;
        dead.Await(3);
    }

    [Fact]
    public async Task Some_actions_and_media_types_are_not_told()
    {
        await using EventReceiver receiver = await EventReceiver.StartAsync();
        await using NotifiedRegistry registry = await NotifiedRegistry.StartAsync(To(receiver, endpoint => endpoint with { IgnoredActions = new HashSet<EventAction> { EventAction.Pull }, IgnoredMediaTypes = new HashSet<string> { "application/octet-stream" } }));
        byte[] manifest = await registry.Client.PushImageAsync("a", "t");
        (await registry.Client.GetAsync("/v2/a/manifests/t")).EnsureSuccessStatusCode();
        (await registry.Client.DeleteAsync("/v2/a/manifests/t")).EnsureSuccessStatusCode();
        receiver.Await(2);
        Assert.Equal(["push", "delete"], receiver.Events.Select(happened => (string)happened["action"]!));
        Assert.Equal(Digest.Of(manifest).ToString(), (string?)receiver.Events[0]["target"]!["digest"]);
        Assert.Equal("t", (string?)receiver.Events[1]["target"]!["tag"]);
    }

    [Fact]
    public async Task A_push_of_many_tags_is_an_event_for_each()
    {
        await using EventReceiver receiver = await EventReceiver.StartAsync();
        await using NotifiedRegistry registry = await NotifiedRegistry.StartAsync(To(receiver));
        byte[] manifest = await registry.Client.PushImageAsync("a", null);
        (await registry.Client.PutManifestAsync("a", $"{Digest.Of(manifest)}?tag=x&tag=y", manifest)).EnsureSuccessStatusCode();
        receiver.Await(5);
        Assert.Equal([null, null, null, "x", "y"], receiver.Events.Select(happened => (string?)happened["target"]!["tag"]));
    }

    [Fact]
    public async Task Secrets_go_to_the_endpoint_and_nowhere_else()
    {
        await using EventReceiver receiver = await EventReceiver.StartAsync(), elsewhere = await EventReceiver.StartAsync();
        receiver.Status = number => number == 1 ? 401 : 302;
        receiver.Location = elsewhere.Url;
        TestLog log = new();
        await using NotifiedRegistry registry = await NotifiedRegistry.StartAsync(To(receiver, endpoint => endpoint with
        {
            Url = new(receiver.Url + "?key=in-the-address"),
            Headers = [new("Authorization", "Bearer in-a-header"), new("X-Two", "1"), new("X-Two", "2")],
        }), log: log);
        await registry.Client.PushBlobAsync("a", [1]);
        receiver.Await(1);
        Assert.Equal("Bearer in-a-header", receiver.Requests[0].Authorization.ToString());
        Assert.Equal("1, 2", string.Join(", ", receiver.Requests[0]["X-Two"].ToString().Split(',', StringSplitOptions.TrimEntries)));
        Assert.Contains("answered 401", log.Text, StringComparison.Ordinal);
        foreach (string secret in (string[])["in-the-address", "in-a-header"]) Assert.DoesNotContain(secret, log.Text, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task What_waits_is_there_after_a_restart()
    {
        string folder = TestDirectory.Make("notified");
        await using EventReceiver receiver = await EventReceiver.StartAsync();
        receiver.Status = _ => 500;
        await using (NotifiedRegistry registry = await NotifiedRegistry.StartAsync(To(receiver), new FilesystemDriver(folder)))
        {
            await registry.Client.PushBlobAsync("a", [1]);
            await registry.Client.PushBlobAsync("a", [2]);
        }
        receiver.Status = _ => 200;
        await using (NotifiedRegistry registry = await NotifiedRegistry.StartAsync(To(receiver), new FilesystemDriver(folder)))
        {
            await registry.Client.PushBlobAsync("a", [3]);
            receiver.Await(3);
            Condition.Await("the queue to be empty", () => registry.Notifier.PendingBytes == 0);
        }
        Assert.Equal([.. Enumerable.Range(1, 3).Select(i => Digest.Of([(byte)i]).ToString())], receiver.Events.Select(happened => (string)happened["target"]!["digest"]!));
        await using (NotifiedRegistry again = await NotifiedRegistry.StartAsync(To(receiver), new FilesystemDriver(folder)))
        {
            await again.Client.PushBlobAsync("a", [4]);
            receiver.Await(4);
        }
        Assert.Equal(4, receiver.Events.Count);
        TestDirectory.Remove(folder);
    }

    [Theory]
    [InlineData("a/b", "http://127.0.0.1/", "name")]
    [InlineData("..", "http://127.0.0.1/", "name")]
    [InlineData("", "http://127.0.0.1/", "name")]
    [InlineData("a", "ftp://127.0.0.1/", "neither http nor https")]
    public async Task An_endpoint_that_cannot_be_is_refused(string name, string url, string problem)
    {
        await using MemoryDriver driver = new();
        KeelsonException e = await Assert.ThrowsAsync<KeelsonException>(() => Notifier.OpenAsync(driver, new() { Endpoints = [new() { Name = name, Url = new(url) }] }, new TestLog()));
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }
}
