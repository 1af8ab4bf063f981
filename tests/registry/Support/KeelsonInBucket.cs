using Keelson.Registry.S3;
using Keelson.Registry.Storage;
using Keelson.Registry.Tests.S3;

namespace Keelson.Registry.Tests;

/// <summary>Our registry with its store in a bucket of a server of ours. Clients get blobs through the registry, as the tests of the protocol want it.</summary>
public class KeelsonInBucket : KeelsonUnderTest
{
    private S3Server? server;

    protected override RegistryOptions Options => base.Options with { AllowsRedirect = false };

    protected override IStorageDriver MakeDriver(string root) => new S3Driver(server!.Options);

    public override async ValueTask InitializeAsync()
    {
        server = await S3Server.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (server is not null) await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
