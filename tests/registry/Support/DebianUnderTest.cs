namespace Keelson.Registry.Tests;

/// <summary>Debian's docker-registry: distribution 2.8.2. It starts when it is first asked for its address.</summary>
public class DebianUnderTest : IRegistryUnderTest
{
    private readonly Lazy<DebianRegistry> registry;

    public DebianUnderTest() => registry = new(Start);

    public string Address => "http://" + Name;

    public string Name => registry.Value.Name;

    public bool IsReference => true;

    /// <summary>Whether manifests and blobs may be deleted.</summary>
    protected virtual bool AllowsDelete => true;

    public ValueTask DisposeAsync()
    {
        if (registry.IsValueCreated) registry.Value.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private DebianRegistry Start()
    {
        Programs.Need("docker-registry");
        return new(allowsDelete: AllowsDelete);
    }
}
