using System.Net;
using Keelson.Oci;

namespace Keelson.Registry.Tests.Attacks;

/// <summary>Blobs that are longer than the registry allows.</summary>
public class BlobLimitTests
{
    [Theory]
    [InlineData(1000, HttpStatusCode.Created)]
    [InlineData(1001, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(9_000_000, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_blob_beyond_the_limit_is_answered_with_413(int length, HttpStatusCode expected)
    {
        await using KeelsonRegistry registry = await KeelsonRegistry.StartAsync(options: new RegistryOptions { BlobLimitBytes = 1000 });
        using HttpClient client = registry.Client();
        byte[] content = Pushes.Random(length);
        // Without its length before it: the registry has to count.
        using StreamContent body = new(new MemoryStream(content));
        body.Headers.ContentLength = null;
        using HttpRequestMessage request = new(HttpMethod.Post, $"/v2/team/app/blobs/uploads/?digest={Digest.Of(content)}") { Content = body, Headers = { TransferEncodingChunked = true } };
        using HttpResponseMessage answer = await client.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
    }
}
