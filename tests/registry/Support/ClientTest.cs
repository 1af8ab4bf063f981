namespace Keelson.Registry.Tests;

/// <summary>What the tests with clients share. Each test has a repository and a directory of its own.</summary>
/// <param name="registry">The registry.</param>
/// <param name="programs">Programs that the test needs.</param>
public abstract class ClientTest(IRegistryUnderTest registry, params IReadOnlyList<string> programs) : IAsyncLifetime
{
    private static int last;

    /// <summary>The registry.</summary>
    protected IRegistryUnderTest Registry => registry;

    /// <summary>A repository that no other test uses.</summary>
    protected string Repository { get; } = $"clients/c{Interlocked.Increment(ref last):D5}";

    /// <summary>A directory that goes with the test.</summary>
    protected string Folder { get; } = TestDirectory.Make("client");

    /// <summary>An image of the test's repository as docker and others name it.</summary>
    protected string Image(string tag) => $"{registry.Name}/{Repository}:{tag}";

    /// <summary>The same as skopeo names it.</summary>
    protected string Place(string tag) => "docker://" + Image(tag);

    public virtual ValueTask InitializeAsync()
    {
        Programs.Need(programs);
        return ValueTask.CompletedTask;
    }

    public virtual ValueTask DisposeAsync()
    {
        TestDirectory.Remove(Folder);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
