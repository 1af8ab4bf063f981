namespace Keelson.Registry.Tests;

/// <summary>A registry that a test talks to over HTTP and knows nothing else of.</summary>
public interface IRegistryUnderTest : IAsyncDisposable
{
    /// <summary><c>http://127.0.0.1:PORT</c>, without a slash at its end.</summary>
    string Address { get; }

    /// <summary>Host and port, as they stand before a repository in an image's name.</summary>
    string Name { get; }

    /// <summary>Whether it is distribution 2.8.2, which ours is compared with. What it does otherwise is told by the tests with <see cref="ReferenceAttribute"/>.</summary>
    bool IsReference { get; }
}
