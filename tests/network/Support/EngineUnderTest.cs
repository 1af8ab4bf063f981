using Keelson.Network.Bridge;
using Keelson.Network.Control;
using Keelson.Network.Ports;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;
using Keelson.Network.UserMode;

namespace Keelson.Network.Tests;

/// <summary>The networks of an engine on a host of a test's own.</summary>
/// <remarks>
/// <code>
///   peer 198.51.100.2, 2001:db8::2 ── up0 of the host 198.51.100.1, 2001:db8::1 ── bridges ── containers
/// </code>
/// </remarks>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    private readonly Func<ControllerOptions, ControllerOptions> configure;
    private readonly string pasta;
    private readonly HashSet<string> running = [];
    private readonly List<Place> places = [];
    private BridgeDriver? driver;

    private EngineUnderTest(Func<ControllerOptions, ControllerOptions> configure, string pasta)
    {
        (this.configure, this.pasta) = (configure, pasta);
        Host = new(Folder + "/host");
    }

    public string Folder { get; } = TestDirectory.Make("engine");

    public List<string> Troubles { get; } = [];

    public Place Host { get; }

    public NetworkController Controller { get; private set; } = null!;

    /// <summary>Starts one.</summary>
    /// <param name="configure">What is other than usual.</param>
    /// <param name="pasta">The program that networks without root need.</param>
    public static async Task<EngineUnderTest> StartAsync(Func<ControllerOptions, ControllerOptions>? configure = null, string pasta = PastaDriver.ProgramName)
    {
        EngineUnderTest engine = new(configure ?? (options => options), pasta);
        try
        {
            engine.Host.Ip("link set lo up");
            await engine.OpenAsync();
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the engine, and starts another on what it left.</summary>
    public async Task RestartAsync()
    {
        await Controller.DisposeAsync();
        driver!.Dispose();
        await OpenAsync();
    }

    /// <summary>A machine beside the host that has routes to all that is behind it.</summary>
    public Place AddPeer()
    {
        Place peer = new(Folder + "/peer");
        places.Add(peer);
        Host.Ip("link add up0 type veth peer name eth0 netns /proc/self/fd/0", peer);
        foreach (string address in (string[])["198.51.100.1/24 dev up0", "2001:db8::1/64 dev up0 nodad"]) Host.Ip("address add " + address);
        Host.Ip("link set up0 up");
        foreach (string address in (string[])["198.51.100.2/24 dev eth0", "2001:db8::2/64 dev eth0 nodad"]) peer.Ip("address add " + address);
        peer.Ip("link set eth0 up");
        peer.Ip("link set lo up");
        peer.Ip("route add 172.16.0.0/12 via 198.51.100.1");
        peer.Ip("route add fd00::/8 via 2001:db8::1");
        return peer;
    }

    /// <summary>Makes a network of bridges.</summary>
    public Task<NetworkRecord> CreateAsync(string name, params (string Name, string Value)[] options) => Controller.CreateAsync(Wish(name, options));

    /// <summary>A network of bridges.</summary>
    public static NetworkRecord Wish(string name, params (string Name, string Value)[] options) => new() { Id = "", Name = name, Options = options.ToDictionary(option => option.Name, option => option.Value) };

    /// <summary>Starts a container in networks.</summary>
    public Task<Place> OpenAsync(string name, params string[] networks) => OpenWithAsync(name, [.. networks.Select(network => new EndpointWish(network))]);

    /// <summary>Starts a container with ends and ports.</summary>
    public async Task<Place> OpenWithAsync(string name, IReadOnlyList<EndpointWish> ends, params PortWish[] ports)
    {
        SandboxRecord opened = await Controller.OpenAsync(new() { ContainerId = name, Names = [name], Endpoints = ends, Ports = ports });
        running.Add(name);
        Place place = new($"{Folder}/run/netns/{name}", isOwn: false);
        if (opened.Endpoints.Count > 0) (place.Ipv4, place.Ipv6) = (opened.Endpoints[0].Ipv4, opened.Endpoints[0].Ipv6);
        places.Add(place);
        return place;
    }

    /// <summary>Ends a container.</summary>
    public async Task CloseAsync(string name)
    {
        running.Remove(name);
        await Controller.CloseAsync(name);
    }

    /// <summary>A container has ended, and nobody has told the engine.</summary>
    public void Lose(string name) => running.Remove(name);

    public async ValueTask DisposeAsync()
    {
        if (Controller is not null) await Controller.DisposeAsync();
        driver?.Dispose();
        for (int i = places.Count - 1; i >= 0; i--) places[i].Dispose();
        if (Directory.Exists(Folder + "/run/netns"))
            foreach (string left in Directory.GetFiles(Folder + "/run/netns")) SandboxNamespace.Remove(left);
        Host.Dispose();
        TestDirectory.Remove(Folder);
    }

    private async Task OpenAsync()
    {
        NetworkPlace place = new(Host.File);
        driver = new(place, "keelson");
        ControllerOptions options = new() { StateDirectory = Folder + "/state", RunDirectory = Folder + "/run", Host = place, Plugins = new([Folder + "/plugins"], []), MachineIdFile = Folder + "/machine-id" };
        Controller = await NetworkController.OpenAsync(configure(options), [driver, new PastaDriver(place, Folder + "/run/pasta", pasta)], driver.Routes, running.Contains, Troubles.Add);
    }
}
