using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests;

/// <summary>Our registry over files on tmpfs.</summary>
public class KeelsonUnderTest : IRegistryUnderTest, IAsyncLifetime
{
    private readonly string folder = TestDirectory.Make("registry");
    private KeelsonRegistry? registry;

    public string Address => "http://" + Name;

    public string Name => registry!.Name;

    public bool IsReference => false;

    /// <summary>How the registry behaves.</summary>
    protected virtual RegistryOptions Options => new() { AllowsDelete = true };

    /// <summary>Makes its store.</summary>
    /// <param name="root">An empty directory.</param>
    protected virtual IStorageDriver MakeDriver(string root) => new FilesystemDriver(root);

    public virtual async ValueTask InitializeAsync() => registry = await KeelsonRegistry.StartAsync(MakeDriver(folder), Options);

    public virtual async ValueTask DisposeAsync()
    {
        if (registry is not null) await registry.DisposeAsync();
        TestDirectory.Remove(folder);
        GC.SuppressFinalize(this);
    }
}
