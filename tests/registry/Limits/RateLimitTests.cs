using System.Globalization;
using System.Net;
using Keelson.Registry.Auth;
using Keelson.Registry.Limits;
using Keelson.Registry.Storage;
using Keelson.Registry.Tests.Auth;
using TestClock = Keelson.Testing.TestClock;

namespace Keelson.Registry.Tests.Limits;

/// <summary>Clients that ask too often.</summary>
public sealed class RateLimitTests : IDisposable
{
    private readonly TestClock time = new();
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_come_again()
    {
        await using KeelsonRegistry registry = await StartAsync(new() { AddressReads = new(0.5, 3) });
        using HttpClient client = registry.Client();
        for (int i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.OK, await client.HeadAsync("/v2/"));
        using HttpResponseMessage answer = await client.GetAsync("/v2/");
        Assert.Equal((HttpStatusCode.TooManyRequests, "2"), (answer.StatusCode, Assert.Single(answer.Headers.GetValues("Retry-After"))));
        Assert.Contains("TOOMANYREQUESTS", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (await client.HeadAsync("/v2/"), await client.HeadAsync("/keelson/v1/repositories")));
        time.Advance(TimeSpan.FromDays(1));
        for (int i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.OK, await client.HeadAsync("/v2/_catalog"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await client.HeadAsync("/v2/_catalog"));
    }

    [Fact]
    public async Task Reads_and_writes_are_counted_apart()
    {
        await using KeelsonRegistry registry = await StartAsync(new() { AddressWrites = new(1, 1) });
        using HttpClient client = registry.Client();
        using HttpResponseMessage first = await client.PostAsync("/v2/a/blobs/uploads/", null), second = await client.PostAsync("/v2/a/blobs/uploads/", null);
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.TooManyRequests, HttpStatusCode.OK), (first.StatusCode, second.StatusCode, await client.HeadAsync("/v2/")));
    }

    [Fact]
    public async Task Wrong_passwords_are_counted_before_they_are_looked_at()
    {
        using HtpasswdFile users = new(folder.Users(("anna", "right")));
        await using KeelsonRegistry registry = await StartAsync(new() { AddressReads = new(1, 5) }, users);
        using HttpClient client = Client(registry, "anna:wrong");
        HttpStatusCode[] statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.HeadAsync("/v2/")));
        Assert.Equal((5, 15), (statuses.Count(status => status == HttpStatusCode.Unauthorized), statuses.Count(status => status == HttpStatusCode.TooManyRequests)));
        // At most five were checked, those at once together: a check of cost 4 is 16 rounds.
        Assert.InRange(users.Work, 16, 5 * 16);
    }

    [Fact]
    public async Task Users_are_counted_apart_and_only_when_they_are_who_they_say()
    {
        using HtpasswdFile users = new(folder.Users(("anna", "a"), ("otto", "o")));
        await using KeelsonRegistry registry = await StartAsync(new() { UserReads = new(1, 2) }, users);
        using HttpClient anna = Client(registry, "anna:a"), otto = Client(registry, "otto:o"), false1 = Client(registry, "otto:x");
        for (int i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.Unauthorized, await false1.HeadAsync("/v2/"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (await anna.HeadAsync("/v2/"), await anna.HeadAsync("/v2/"), await anna.HeadAsync("/v2/")));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await otto.HeadAsync("/v2/"), await otto.HeadAsync("/v2/")));
    }

    [Theory]
    [InlineData(true, HttpStatusCode.OK)]
    [InlineData(false, HttpStatusCode.TooManyRequests)]
    public async Task Forwarded_addresses_count_where_a_proxy_sets_them(bool isTrusted, HttpStatusCode other)
    {
        await using KeelsonRegistry registry = await StartAsync(new() { AddressReads = new(1, 1), TrustsForwarded = isTrusted });
        using HttpClient client = registry.Client();
        Assert.Equal(HttpStatusCode.OK, await ForwardedAsync(client, "10.0.0.1"));
        Assert.Equal(other, await ForwardedAsync(client, "10.0.0.2"));
        // The first ones are what the client says of itself.
        Assert.Equal(HttpStatusCode.TooManyRequests, await ForwardedAsync(client, "10.9.9.9, 10.0.0.1"));
        Assert.Equal(other, await ForwardedAsync(client, "2001:db8::1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await ForwardedAsync(client, "2001:db8::ffff"));
        Assert.Equal(other, await ForwardedAsync(client, "2001:db8:0:1::1"));
    }

    [Fact]
    public void The_number_of_buckets_is_limited_and_those_in_use_stay()
    {
        TokenBuckets buckets = new(new(1, 2), 100, time);
        Assert.Null(buckets.TryTake("mine"));
        Assert.Null(buckets.TryTake("mine"));
        for (int i = 0; i < 10_000; i++)
        {
            Assert.Null(buckets.TryTake(i.ToString(CultureInfo.InvariantCulture)));
            if (i % 50 == 0) Assert.NotNull(buckets.TryTake("mine"));
        }
        Assert.Null(buckets.TryTake("0"));
        Assert.Null(buckets.TryTake("0"));
    }

    [Fact]
    public void A_clock_that_is_set_back_fills_nothing()
    {
        TokenBuckets buckets = new(new(1, 1), 100, time);
        Assert.Null(buckets.TryTake("a"));
        time.Advance(TimeSpan.FromDays(-1));
        Assert.NotNull(buckets.TryTake("a"));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(buckets.TryTake("a"));
    }

    private static async Task<HttpStatusCode> ForwardedAsync(HttpClient client, string addresses)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/v2/");
        request.Headers.Add("X-Forwarded-For", addresses);
        using HttpResponseMessage answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    private Task<KeelsonRegistry> StartAsync(RateLimitOptions limits, HtpasswdFile? users = null) => KeelsonRegistry.StartAsync(new MemoryDriver(time), new RegistryOptions
    {
        RateLimits = limits, Store = new() { Time = time }, Authorizer = users is null ? null : new HtpasswdAuthorizer(users, "r"),
    });

    private static HttpClient Client(KeelsonRegistry registry, string credentials)
    {
        HttpClient client = registry.Client();
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(credentials)));
        return client;
    }
}
