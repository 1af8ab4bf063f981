using System.Net;
using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Diagnosis;
using Keelson.Network.Ports;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Control;

/// <content>What there is, for whoever looks for a fault.</content>
public sealed partial class NetworkController
{
    /// <summary>All that is known, and what of it the kernel does not have. Changes wait meanwhile.</summary>
    /// <exception cref="KeelsonException">The kernel does not answer.</exception>
    public async Task<NetworkState> DiagnoseAsync(CancellationToken cancel = default)
    {
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            SandboxRecord[] containers = [.. sandboxes.Values.OrderBy(sandbox => sandbox.ContainerId, StringComparer.Ordinal)];
            return new()
            {
                Drivers = [.. drivers.Keys.Order(StringComparer.Ordinal)],
                Networks = List(),
                Containers = [.. containers.Select(StateOf)],
                HeldPorts = ports.Held,
                Findings = [.. List().Where(network => !network.IsConfiguration).SelectMany(network => Findings(network, containers)), .. containers.SelectMany(Findings)],
            };
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The same as JSON.</summary>
    /// <inheritdoc cref="DiagnoseAsync"/>
    public async Task<byte[]> DiagnoseToJsonAsync(CancellationToken cancel = default) => JsonSerializer.SerializeToUtf8Bytes(await DiagnoseAsync(cancel).ConfigureAwait(false), RecordJson.Default.NetworkState);

    private ContainerState StateOf(SandboxRecord sandbox) => new()
    {
        Record = sandbox,
        IsServed = servers.ContainsKey(sandbox.ContainerId),
        Passed = sandbox.Ports.Where(proxies.ContainsKey).ToDictionary(port => PortAllocator.Text(port.Protocol, IPAddress.Parse(port.HostAddress), port.HostPort), port => proxies[port].Target.ToString()),
        IsUnclosed = unclosed.Contains(sandbox.ContainerId),
        Names =
        [
            .. from endpoint in sandbox.Endpoints
               where Find(endpoint.NetworkId).HasNames
               from name in Called(sandbox, endpoint).Select(name => name.ToLowerInvariant()).Distinct()
               select new KnownName(Find(endpoint.NetworkId).Name, name, index.Find(endpoint.NetworkId, name) ?? []),
        ],
    };

    private IEnumerable<string> Findings(NetworkRecord network, SandboxRecord[] containers)
    {
        if (!drivers.TryGetValue(network.Driver, out INetworkDriver? driver)) return [$"network {network.Name}: its driver {network.Driver} is not there"];
        (SandboxRecord, EndpointRecord)[] ends = [.. containers.SelectMany(sandbox => sandbox.Endpoints.Where(endpoint => endpoint.NetworkId == network.Id).Select(endpoint => (sandbox, endpoint)))];
        return driver.Findings(network, ends);
    }

    private IEnumerable<string> Findings(SandboxRecord sandbox)
    {
        if (unclosed.Contains(sandbox.ContainerId)) yield return $"container {sandbox.ContainerId}: its networks could not be taken away";
        const long NamespaceFiles = 0x6e736673; // statfs(2) NSFS_MAGIC
        if (Files.TryFileSystem(sandbox.Path, out long magic) != Errno.None || magic != NamespaceFiles)
        {
            yield return $"container {sandbox.ContainerId}: its network namespace {sandbox.Path} is gone";
            yield break;
        }
        using FdHandle place = SandboxNamespace.Open(sandbox.Path);
        using Netlink.RouteSocket inside = Netlink.RouteSocket.Open(place);
        foreach (EndpointRecord endpoint in sandbox.Endpoints)
        {
            NetworkRecord network = Find(endpoint.NetworkId);
            if (endpoint.Device.Length == 0) continue;
            if (inside.FindLink(endpoint.Device) is not { } device)
            {
                yield return $"container {sandbox.ContainerId}: it has no device {endpoint.Device} of network {network.Name}";
                continue;
            }
            if (!device.IsUp) yield return $"container {sandbox.ContainerId}: its device {endpoint.Device} of network {network.Name} is down";
            List<IPAddress> standing = [.. inside.ListAddresses(device).Select(address => new IPAddress((address.Local.IsEmpty ? address.Address : address.Local).Span))];
            foreach (IPAddress address in AddressesOf(endpoint))
                if (!standing.Contains(address)) yield return $"container {sandbox.ContainerId}: its device {endpoint.Device} of network {network.Name} has not its address {address}";
        }
    }
}
