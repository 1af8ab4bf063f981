namespace Keelson.Registry.Tests;

/// <summary>Our registry that deletes nothing, which is its default.</summary>
public sealed class KeelsonWithoutDelete : KeelsonUnderTest
{
    protected override RegistryOptions Options => new();
}
