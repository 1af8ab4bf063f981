using Keelson.Network.Bridge;
using Keelson.Network.Control;
using Keelson.Network.Sandboxes;

namespace Keelson.Bench.Network;

/// <summary>The networks of keelsond, without the daemon around them.</summary>
internal sealed class Engine : IDisposable
{
    private readonly BridgeDriver driver;

    /// <param name="folder">Its state.</param>
    /// <param name="table">The name of its table of packet filters.</param>
    /// <param name="host">The host's namespace; this process's own unless told.</param>
    public Engine(string folder, string table, NetworkPlace? host = null)
    {
        Folder = folder;
        Directory.CreateDirectory(folder);
        NetworkPlace place = host ?? new();
        driver = new(place, table);
        Controller = Wait(NetworkController.OpenAsync(new() { StateDirectory = folder + "/state", RunDirectory = folder + "/run", Host = place }, [driver], driver.Routes, _ => true,
            message => throw new InvalidOperationException(message)));
    }

    public string Folder { get; }

    public NetworkController Controller { get; }

    /// <summary>Makes a network.</summary>
    public void Create(string name, string subnet) => Wait(Controller.CreateAsync(new() { Id = "", Name = name, Ipam = [new() { Subnet = System.Net.IPNetwork.Parse(subnet) }] }));

    /// <summary>The namespace of a container.</summary>
    public NetworkPlace Place(string container) => new(SandboxNamespace.Open($"{Folder}/run/netns/{container}"));

    public void Dispose()
    {
        Controller.DisposeAsync().AsTask().GetAwaiter().GetResult();
        driver.Dispose();
    }

    /// <summary>Waits for what the clock is running for.</summary>
    public static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
