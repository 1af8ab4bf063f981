namespace Keelson.Registry.Tests;

/// <summary>Debian's docker-registry: distribution 2.8.2.</summary>
public class DebianUnderTest : IRegistryUnderTest
{
    private readonly Lazy<DebianRegistry> registry;

    public DebianUnderTest() => registry = new(Start);

    public string Address => "http://" + Name;

    public string Name => registry.Value.Name;

    public bool IsReference => true;

    /// <summary>Whether manifests and blobs may be deleted.</summary>
    protected virtual bool AllowsDelete => true;

    public void Dispose()
    {
        if (registry.IsValueCreated) registry.Value.Dispose();
        GC.SuppressFinalize(this);
    }

    private DebianRegistry Start()
    {
        Programs.Need("docker-registry");
        return new(allowsDelete: AllowsDelete);
    }
}
