using System.Text.Json;
using Keelson.Docker.Http;

namespace Keelson.Docker;

/// <summary>The engine itself, volumes and networks.</summary>
public sealed partial class DockerClient
{
    /// <summary>Asks whether the engine answers. GET /_ping.</summary>
    /// <returns>The newest version of the API that it speaks.</returns>
    public string? Ping() => Call(new HttpRequest("GET", "/_ping")).Response.Header("API-Version");

    /// <summary>The versions of the engine and its parts.</summary>
    public VersionResponse GetVersion() => Get(new Query("/version"), DockerJson.Default.VersionResponse);

    /// <summary>The same as the engine wrote it.</summary>
    public byte[] GetVersionRaw() => GetRaw(new("/version"));

    /// <summary>What the engine tells of itself and the machine.</summary>
    public SystemInfo GetInfo() => Get(new Query("/info"), DockerJson.Default.SystemInfo);

    /// <summary>The same as the engine wrote it.</summary>
    public byte[] GetInfoRaw() => GetRaw(new("/info"));

    /// <summary>What takes up space.</summary>
    public DiskUsageResponse GetDiskUsage() => Get(new Query("/system/df"), DockerJson.Default.DiskUsageResponse);

    /// <summary>What happens, as messages one after another.</summary>
    /// <param name="since">Unix time of the first message; <see langword="null"/>: from now on.</param>
    /// <param name="until">Unix time of the end; <see langword="null"/>: without end.</param>
    /// <param name="filters">Which messages.</param>
    public ByteStream Events(string? since = null, string? until = null, Filters? filters = null) =>
        OpenStream(Request("GET", new Query("/events").Add("since", since).Add("until", until).Add(filters)));

    /// <summary>Lets the engine check credentials with their registry.</summary>
    public AuthResponse Authenticate(AuthConfig auth) => Post(new Query("/auth"), DockerJson.Default.AuthResponse, JsonSerializer.SerializeToUtf8Bytes(auth, DockerJson.Default.AuthConfig));

    /// <summary>Lists volumes.</summary>
    public VolumeListResponse ListVolumes(Filters? filters = null) => Get(new Query("/volumes").Add(filters), DockerJson.Default.VolumeListResponse);

    /// <summary>Makes a volume, or finds it.</summary>
    public Volume CreateVolume(VolumeCreateRequest request) => Post(new Query("/volumes/create"), DockerJson.Default.Volume, JsonSerializer.SerializeToUtf8Bytes(request, DockerJson.Default.VolumeCreateRequest));

    /// <summary>A volume as the engine wrote it.</summary>
    public byte[] InspectVolumeRaw(string name) => GetRaw(new($"/volumes/{Escape(name)}"));

    /// <summary>Removes a volume.</summary>
    public void RemoveVolume(string name, bool force = false) => Delete(new Query($"/volumes/{Escape(name)}").Add("force", force));

    /// <summary>Removes volumes that no container uses.</summary>
    public VolumesPruneResponse PruneVolumes(Filters? filters = null) => Post(new Query("/volumes/prune").Add(filters), DockerJson.Default.VolumesPruneResponse);

    /// <summary>All that a keelsond knows of its networks, and what of it the kernel does not have. Other engines have no such thing.</summary>
    public byte[] DiagnoseNetworksRaw() => GetRaw(new("/debug/networks"));

    /// <summary>Lists networks.</summary>
    public NetworkResource[] ListNetworks(Filters? filters = null) => Get(new Query("/networks").Add(filters), DockerJson.Default.NetworkResourceArray);

    /// <summary>A network, and who is in it.</summary>
    public NetworkResource InspectNetwork(string name) => Get(new($"/networks/{Escape(name)}"), DockerJson.Default.NetworkResource);

    /// <summary>A network as the engine wrote it.</summary>
    public byte[] InspectNetworkRaw(string name, bool verbose = false) => GetRaw(new Query($"/networks/{Escape(name)}").Add("verbose", verbose));

    /// <summary>Makes a network.</summary>
    public NetworkCreateResponse CreateNetwork(NetworkCreateRequest request) =>
        Post(new Query("/networks/create"), DockerJson.Default.NetworkCreateResponse, JsonSerializer.SerializeToUtf8Bytes(request, DockerJson.Default.NetworkCreateRequest));

    /// <summary>Joins a container to a network.</summary>
    public void ConnectNetwork(string network, NetworkConnectRequest request) =>
        Post(new Query($"/networks/{Escape(network)}/connect"), JsonSerializer.SerializeToUtf8Bytes(request, DockerJson.Default.NetworkConnectRequest));

    /// <summary>Takes a container out of a network.</summary>
    public void DisconnectNetwork(string network, NetworkDisconnectRequest request) =>
        Post(new Query($"/networks/{Escape(network)}/disconnect"), JsonSerializer.SerializeToUtf8Bytes(request, DockerJson.Default.NetworkDisconnectRequest));

    /// <summary>Removes a network.</summary>
    public void RemoveNetwork(string name) => Delete(new($"/networks/{Escape(name)}"));

    /// <summary>Removes networks that no container uses.</summary>
    public NetworksPruneResponse PruneNetworks(Filters? filters = null) => Post(new Query("/networks/prune").Add(filters), DockerJson.Default.NetworksPruneResponse);
}
