namespace Keelson.Registry.Tests.Attacks;

/// <summary>What a client says of a proxy, to a registry of ours that was told by which address clients reach it.</summary>
public sealed class ForwardedTests : IAsyncLifetime
{
    private KeelsonUnderTest? registry;
    private RegistryHttp? http;

    [Theory]
    [InlineData("X-Forwarded-Host", "evil.example")]
    [InlineData("X-Forwarded-Proto", "ftp")]
    [InlineData("X-Forwarded-Prefix", "//evil.example")]
    [InlineData("Forwarded", "host=evil.example;proto=https")]
    [InlineData("Host", "evil.example")]
    public async Task A_registry_that_knows_its_address_believes_nobody(string header, string value)
    {
        Answer answer = (await http!.SendAsync("POST", "/v2/a/blobs/uploads/", null, (header, value))).Is(202);
        Assert.StartsWith("https://registry.example/v2/a/blobs/uploads/", answer["Location"], StringComparison.Ordinal);
    }

    public async ValueTask InitializeAsync()
    {
        registry = new WithAddress();
        await registry.InitializeAsync();
        http = new(registry);
    }

    public async ValueTask DisposeAsync()
    {
        http?.Dispose();
        if (registry is not null) await registry.DisposeAsync();
    }

    private sealed class WithAddress : KeelsonUnderTest
    {
        protected override RegistryOptions Options => new() { PublicAddress = "https://registry.example" };
    }
}
