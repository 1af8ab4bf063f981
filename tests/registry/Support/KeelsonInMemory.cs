using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests;

/// <summary>Our registry with its store in memory.</summary>
public sealed class KeelsonInMemory : KeelsonUnderTest
{
    protected override IStorageDriver MakeDriver(string root) => new MemoryDriver();
}
