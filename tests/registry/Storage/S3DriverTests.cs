using System.Globalization;
using System.Net;
using Keelson.Registry.S3;
using Keelson.Registry.Storage;
using Keelson.Registry.Tests.S3;

namespace Keelson.Registry.Tests.Storage;

/// <summary>In a bucket of a server of ours.</summary>
public sealed class S3DriverTests : StorageDriverTests, IAsyncLifetime
{
    private S3Server server = null!;

    public async ValueTask InitializeAsync() => server = await S3Server.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private protected override IStorageDriver Open() => new S3Driver(server.Options with { RootPrefix = "/some/place/", ChunkBytes = 5 << 20 });

    [Fact]
    public async Task Keys_are_paths_below_the_root()
    {
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("docker/registry/v2/x", "1"u8.ToArray());
        Assert.Equal(["some/place/docker/registry/v2/x"], server.Objects.Keys);
    }

    [Fact]
    public async Task Short_pieces_become_parts_that_S3_takes()
    {
        await using IStorageDriver driver = Open();
        byte[] content = Pushes.Random((12 << 20) + 17);
        int at = 0;
        foreach (int piece in (int[])[1, 1 << 20, 100, 6 << 20, 17, 5 << 20])
        {
            await AppendAsync(driver, "up/data", content.AsMemory(at, Math.Min(piece, content.Length - at)));
            at += piece;
            Assert.Equal(Math.Min(at, content.Length), (await driver.FindAsync("up/data"))!.Value.Length);
        }
        await driver.MoveAsync("up/data", "blob/data");
        Assert.Equal(content, await ContentAsync(driver, "blob/data"));
        Assert.Equal(["some/place/blob/data"], server.Objects.Keys);
        Assert.Equal(0, server.Objects.OpenUploads);
    }

    [Fact]
    public async Task A_long_object_is_copied_in_pieces()
    {
        await using S3Driver driver = new(server.Options);
        byte[] content = Pushes.Random(70 << 20);
        await AppendAsync(driver, "up/data", content);
        await driver.MoveAsync("up/data", "a");
        server.Requests.Clear();
        await driver.MoveAsync("a", "b");
        Assert.True(await driver.TouchAsync("b"));
        Assert.Equal(content, await ContentAsync(driver, "b"));
        Assert.Equal(4, server.Requests.Count(request => request.Contains("partNumber", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_move_makes_what_its_writer_knew_and_nothing_else()
    {
        await using IStorageDriver driver = Open();
        string version;
        await using (IStorageWriter writer = await driver.AppendAsync("up/data"))
        {
            await writer.WriteAsync("mine"u8.ToArray());
            await writer.FlushAsync();
            version = writer.Version;
        }
        await AppendAsync(driver, "up/data", ", and another's"u8.ToArray());
        KeelsonException error = await Assert.ThrowsAsync<KeelsonException>(() => driver.MoveAsync("up/data", "to", version).AsTask());
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Null(await driver.FindAsync("to"));
    }

    [Fact]
    public async Task A_folder_of_more_than_a_page_is_listed_and_goes()
    {
        await using IStorageDriver driver = Open();
        await Parallel.ForAsync(0, 1100, async (i, cancel) => await driver.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"many/{i}/link"), "x"u8.ToArray(), cancel));
        await driver.WriteAsync("many-others/1", "x"u8.ToArray());
        Assert.Equal(1100, (await driver.ListAsync("many")).Count);
        Assert.True(await driver.RemoveAsync("many"));
        Assert.Equal(["some/place/many-others/1"], server.Objects.Keys);
    }

    [Fact]
    public async Task A_server_without_batches_has_its_objects_removed_one_by_one()
    {
        server.Fails = http => http.Request.Query.ContainsKey("delete") ? new S3Fault(400, "MissingContentMD5") : null;
        await using IStorageDriver driver = Open();
        for (int i = 0; i < 3; i++) await driver.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"folder/{i}"), "x"u8.ToArray());
        Assert.True(await driver.RemoveAsync("folder"));
        Assert.Empty(server.Objects.Keys);
    }

    [Fact]
    public async Task A_server_that_is_busy_is_asked_again()
    {
        int left = 2;
        server.Fails = http => http.Request.Method == "PUT" && Interlocked.Decrement(ref left) >= 0 ? S3Fault.SlowDown : null;
        await using IStorageDriver driver = Open();
        await driver.WriteAsync("a", "1"u8.ToArray());
        left = 1;
        await AppendAsync(driver, "b", "2"u8.ToArray());
        Assert.Equal(("1", "2"), (await TextAsync(driver, "a"), await TextAsync(driver, "b")));
    }

    [Fact]
    public async Task A_read_that_breaks_goes_on_where_it_was()
    {
        await using IStorageDriver driver = Open();
        byte[] content = Pushes.Random(3 << 20);
        await driver.WriteAsync("a", content);
        int left = 3;
        server.Fails = http => http.Request.Method == "GET" && Interlocked.Decrement(ref left) >= 0 ? S3Fault.CutInside : null;
        Assert.Equal(content, await ContentAsync(driver, "a"));
        Assert.True(left < 0);
    }

    [Fact]
    public async Task A_write_that_fails_for_good_is_told_and_what_was_there_before_stays()
    {
        await using IStorageDriver driver = Open();
        await AppendAsync(driver, "up/data", "kept"u8.ToArray());
        server.Fails = http => http.Request.Method == "PUT" ? new S3Fault(507, "NoSpace") : null;
        KeelsonException error = await Assert.ThrowsAsync<KeelsonException>(() => AppendAsync(driver, "up/data", ", lost"u8.ToArray()));
        server.Fails = _ => null;
        Assert.StartsWith("s3 put images/some/place/up/data/~000000000000-", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(": 507 NoSpace", error.Message, StringComparison.Ordinal);
        Assert.Equal("kept", await TextAsync(driver, "up/data"));
    }

    [Fact]
    public async Task A_copy_that_fails_leaves_no_parts_that_cost_money()
    {
        await using IStorageDriver driver = Open();
        await AppendAsync(driver, "up/data", new byte[12 << 20]);
        server.Fails = http => http.Request.Query["partNumber"] == "2" ? new S3Fault(400, "Odd") : null;
        await Assert.ThrowsAsync<KeelsonException>(() => driver.MoveAsync("up/data", "to").AsTask());
        Assert.Equal(0, server.Objects.OpenUploads);
        Assert.Null(await driver.FindAsync("to"));
    }

    [Theory]
    [InlineData("images", "another secret", ErrorKind.PermissionDenied, "403 SignatureDoesNotMatch")]
    [InlineData("nothing", S3Server.SecretKey, ErrorKind.NotFound, "404 NoSuchBucket")]
    public async Task What_is_wrong_with_the_bucket_is_told_without_its_secret(string bucket, string secret, ErrorKind kind, string cause)
    {
        await using S3Driver driver = new(server.Options with { Bucket = bucket, SecretKey = secret });
        KeelsonException error = await Assert.ThrowsAsync<KeelsonException>(() => driver.CheckAsync().AsTask());
        Assert.Equal((kind, $"s3 list {bucket}/: {cause}"), (error.Kind, error.Message));
        Assert.DoesNotContain(secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_is_of_one_object_and_ends()
    {
        TestClock clock = new();
        clock.Advance(TimeProvider.System.GetUtcNow() - clock.GetUtcNow());
        await using S3Server timed = await S3Server.StartAsync(clock);
        await using S3Driver driver = new(timed.Options);
        await driver.WriteAsync("a/data", "one"u8.ToArray());
        await driver.WriteAsync("b/data", "two"u8.ToArray());
        Uri address = (await driver.AddressAsync("a/data"))!;
        using HttpClient client = new();
        Assert.Equal("one", await client.GetStringAsync(address));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, HttpMethod.Get, new Uri(address.ToString().Replace("/a/data", "/b/data", StringComparison.Ordinal))));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, HttpMethod.Delete, address));
        clock.Advance(TimeSpan.FromMinutes(21));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, HttpMethod.Get, address));
        Assert.DoesNotContain(S3Server.SecretKey, address.ToString(), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, HttpMethod method, Uri address)
    {
        using HttpRequestMessage request = new(method, address);
        using HttpResponseMessage answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}
