namespace Keelson.Registry.Tests;

/// <summary>A registry that a test has started itself.</summary>
/// <param name="name">Host and port.</param>
/// <param name="isReference">Whether it is distribution.</param>
public sealed class AnyRegistry(string name, bool isReference) : IRegistryUnderTest
{
    public string Address => "http://" + name;

    public string Name => name;

    public bool IsReference => isReference;

    /// <summary>Whoever has started it ends it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
