using Keelson.Notary.Stores;

namespace Keelson.Notary.Tests.Stores;

public sealed class MemoryTrustStoreTests : TrustStoreSuite
{
    protected override Task<ITrustStore> OpenAsync() => Task.FromResult<ITrustStore>(new MemoryTrustStore(Clock));
}
