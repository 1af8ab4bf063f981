using System.Security.Cryptography;
using System.Text;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Networks;

/// <summary>The networks that every engine has: <c>none</c> and <c>host</c>.</summary>
internal sealed class BuiltInNetworks(DockerApiServices services)
{
    /// <summary>Their names, and their drivers.</summary>
    public static readonly IReadOnlyList<(string Name, string Driver)> All = [("none", "null"), ("host", "host")];

    private readonly Dictionary<string, string> ids = All.ToDictionary(network => network.Name, network => Hash(services, $"network {network.Name}"));

    /// <summary>The identity of one: the same as long as the engine's root directory.</summary>
    public string Id(string name) => ids[name];

    /// <summary>The network of a container; empty when it shares that of another one.</summary>
    public static string NameOf(ContainerInfo container) => container.Host.NetworkMode switch
    {
        "host" => "host",
        "" or "default" or "none" => "none",
        _ => "",
    };

    /// <summary>Refuses a network that is not there.</summary>
    /// <exception cref="ApiException">400: a client takes 404 at this place for a missing image, and pulls it.</exception>
    public static void CheckMode(string mode)
    {
        if (mode is "" or "default" or "none" or "host" || mode.StartsWith("container:", StringComparison.Ordinal)) return;
        throw ApiException.BadRequest($"network {mode} not found");
    }

    /// <summary>A container's part in its networks.</summary>
    public Dictionary<string, Docker.EndpointSettings> Endpoints(ContainerInfo container)
    {
        string name = NameOf(container);
        return name.Length == 0 ? [] : new() { [name] = new() { NetworkID = Id(name), EndpointID = container.State.IsRunning ? EndpointId(container) : "" } };
    }

    /// <summary>What a container's inspection says of its network.</summary>
    public Docker.NetworkSettings Settings(ContainerInfo container) => new()
    {
        Ports = [],
        SandboxID = container.State.IsRunning && NameOf(container).Length > 0 ? Hash(services, $"sandbox {container.Id}") : "",
        SandboxKey = container.State.IsRunning && container.State.Pid > 0 ? $"/proc/{container.State.Pid}/ns/net" : "",
        Networks = Endpoints(container),
    };

    /// <summary>One of the networks, with the containers that are in it now when that is asked for.</summary>
    public Docker.NetworkResource Resource(string name, string driver, bool withContainers) => new()
    {
        Name = name,
        Id = Id(name),
        Created = GoTime.Text(DateTimeOffset.UnixEpoch),
        Scope = "local",
        Driver = driver,
        IPAM = new() { Driver = "default", Config = [] },
        Containers = withContainers ? services.Containers.List().Where(container => container.State.IsRunning && NameOf(container) == name)
            .ToDictionary(container => container.Id, container => new Docker.EndpointResource { Name = container.Name, EndpointID = EndpointId(container) }) : [],
        Options = [],
        Labels = [],
    };

    /// <summary>The identity of a container's place in its network while it runs.</summary>
    public string EndpointId(ContainerInfo container) => Hash(services, $"endpoint {container.Id}");

    private static string Hash(DockerApiServices services, string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{services.Info.Uuid} {text}")));
}
