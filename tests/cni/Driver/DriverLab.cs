using Keelson.Cni.Driver;
using Keelson.Network.Bridge;
using Keelson.Network.Control;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;
using Keelson.Network.Tests;

namespace Keelson.Cni.Tests.Driver;

/// <summary>The networks of an engine on a host of a test's own, with plug-ins as a driver.</summary>
internal sealed class DriverLab : IAsyncDisposable
{
    private BridgeDriver? bridges;

    public Lab Lab { get; } = new();

    public List<string> Troubles { get; } = [];

    public HashSet<string> Running { get; } = [];

    public NetworkController Controller { get; private set; } = null!;

    /// <summary>How long plug-ins may take.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    public static async Task<DriverLab> StartAsync()
    {
        DriverLab made = new();
        await made.OpenAsync();
        return made;
    }

    /// <summary>Ends the engine, and starts another on what it left.</summary>
    /// <param name="meanwhile">What happens in between.</param>
    public async Task RestartAsync(Action? meanwhile = null)
    {
        await Controller.DisposeAsync();
        bridges!.Dispose();
        meanwhile?.Invoke();
        await OpenAsync();
    }

    /// <summary>Describes a network, and makes it one of the engine's.</summary>
    /// <param name="plugins">Its plug-ins, as JSON.</param>
    /// <param name="name">Its name.</param>
    public Task<NetworkRecord> CreateAsync(string plugins, string name = "web")
    {
        Lab.Describe($"{name}.conflist", $$"""{"cniVersion":"1.0.0","name":"{{name}}","plugins":[{{plugins}}]}""");
        return Controller.CreateAsync(new() { Id = "", Name = name, Driver = "cni" });
    }

    /// <summary>Debian's bridge with addresses of host-local, whose files are the test's.</summary>
    /// <param name="more">Members besides, each with a comma before.</param>
    /// <param name="subnet">The part of 10.0.0.0/8 that is its.</param>
    public string Bridge(string more = "", int subnet = 70) =>
        $$$"""{"type":"bridge","bridge":"cni{{{subnet}}}","isGateway":true,"ipMasq":false,"ipam":{"type":"host-local","dataDir":"{{{Lab.Folder}}}/ipam","ranges":[[{"subnet":"10.{{{subnet}}}.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}{{{more}}}}""";

    /// <summary>Starts a container.</summary>
    public async Task<Place> OpenAsync(SandboxWish wish)
    {
        SandboxRecord opened = await Controller.OpenAsync(wish);
        Running.Add(wish.ContainerId);
        Place place = new(opened.Path, isOwn: false);
        places.Add(place);
        return place;
    }

    private readonly List<Place> places = [];

    /// <summary>Addresses that host-local holds.</summary>
    public string[] Held(string name = "web") => !Directory.Exists($"{Lab.Folder}/ipam/{name}") ? [] : [.. Directory.GetFiles($"{Lab.Folder}/ipam/{name}").Select(file => Path.GetFileName(file)!).Where(file => file.StartsWith("10.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Results that are kept.</summary>
    public int Kept => Directory.GetFiles(Lab.Folder + "/engine/cni").Length;

    public async ValueTask DisposeAsync()
    {
        foreach (Place place in places) place.Dispose();
        await Controller.DisposeAsync();
        bridges?.Dispose();
        if (Directory.Exists(Lab.Folder + "/run/netns"))
            foreach (string left in Directory.GetFiles(Lab.Folder + "/run/netns")) SandboxNamespace.Remove(left);
        Lab.Dispose();
    }

    private async Task OpenAsync()
    {
        bridges = new(Lab.HostPlace, "keelson");
        CniDriver driver = new(Lab.HostPlace, Lab.Folder + "/engine/cni", new() { Directories = Lab.Directories, Patience = Patience }, Troubles.Add);
        Controller = await NetworkController.OpenAsync(new() { StateDirectory = Lab.Folder + "/engine", RunDirectory = Lab.Folder + "/run", Host = Lab.HostPlace, MachineIdFile = Lab.Folder + "/absent" },
            [bridges, driver], bridges.Routes, Running.Contains, Troubles.Add);
    }
}
