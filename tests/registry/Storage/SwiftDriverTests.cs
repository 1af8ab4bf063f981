using System.Globalization;
using Keelson.Registry.S3;
using Keelson.Registry.Storage;
using Keelson.Registry.Tests.S3;

namespace Keelson.Registry.Tests.Storage;

/// <summary>In a bucket of OpenStack Swift, a server of others that speaks S3's protocol.</summary>
public sealed class SwiftDriverTests(SwiftServer server) : StorageDriverTests, IClassFixture<SwiftServer>
{
    private static int last;
    private readonly string root = string.Create(CultureInfo.InvariantCulture, $"r{Interlocked.Increment(ref last)}");

    private protected override IStorageDriver Open() => new S3Driver(server.Options with { RootPrefix = root, ChunkBytes = 5 << 20, CopyThresholdBytes = 8 << 20, CopyChunkBytes = 5 << 20 });

    [Fact]
    public async Task A_long_file_of_short_pieces_is_one_object_in_the_end()
    {
        await using IStorageDriver driver = Open();
        byte[] content = Pushes.Random((12 << 20) + 17);
        for (int at = 0, piece; at < content.Length; at += piece)
        {
            piece = Math.Min(3 << 20, content.Length - at);
            await AppendAsync(driver, "up/data", content.AsMemory(at, piece));
        }
        await driver.MoveAsync("up/data", "blob/data");
        await driver.MoveAsync("blob/data", "other/data");
        Assert.Equal(content, await ContentAsync(driver, "other/data"));
        Assert.Empty(await driver.ListAsync("up"));
    }

    [Fact]
    public async Task An_address_is_read_without_a_key()
    {
        await using S3Driver driver = new(server.Options with { RootPrefix = root });
        await driver.WriteAsync("a/data", "one"u8.ToArray());
        using HttpClient client = new();
        Assert.Equal("one", await client.GetStringAsync(await driver.AddressAsync("a/data")));
    }
}
