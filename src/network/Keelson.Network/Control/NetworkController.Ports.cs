using System.Net;
using Keelson.Network.Bridge;
using Keelson.Network.Ipam;
using Keelson.Network.Ports;
using Keelson.Network.Records;

namespace Keelson.Network.Control;

/// <content>Published ports.</content>
public sealed partial class NetworkController
{
    private readonly Dictionary<PortRecord, PortProxy> proxies = [];

    /// <summary>Publishes exactly these ports of a container that runs, in place of those that are published: the ones that stay are not interrupted.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it does not run. AlreadyExists: a port is in use; then those before stay as they were.</exception>
    public async Task<SandboxRecord> PublishAsync(string containerId, IReadOnlyList<PortWish> wishes, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(wishes);
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await PublishAsync(Running(containerId), wishes, cancel).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<SandboxRecord> PublishAsync(SandboxRecord sandbox, IReadOnlyList<PortWish> wishes, CancellationToken cancel)
    {
        List<PortRecord> chosen = [], fresh = [];
        try
        {
            foreach (PortWish wish in wishes)
            {
                // What is published already as somebody wants it stays.
                List<PortRecord> standing = [.. sandbox.Ports.Where(port => Fits(port, wish) && !chosen.Contains(port))];
                if (standing.Count > 0)
                {
                    chosen.AddRange(standing);
                    continue;
                }
                IReadOnlyList<IPAddress> addresses = AddressesOf(sandbox, wish);
                if (addresses.Count == 0) continue;
                int port = ports.Take(wish.Protocol, addresses, wish.FirstPort, wish.LastPort);
                fresh.AddRange(addresses.Select(address => new PortRecord(wish.Protocol, address.ToString(), port, wish.ContainerPort)));
            }
            chosen.AddRange(fresh);
            List<PortRecord> gone = [.. sandbox.Ports.Except(chosen)];
            // Those that come are known before they are there, and those that go until they are gone.
            Note(sandbox with { Ports = [.. sandbox.Ports.Union(chosen)] });
            await ChangeAsync(sandbox, fresh, gone, cancel).ConfigureAwait(false);
            foreach (PortRecord port in gone) await ReleaseAsync(port).ConfigureAwait(false);
            SandboxRecord published = sandbox with { Ports = chosen };
            Note(published);
            Pass(published);
            return published;
        }
        catch
        {
            foreach (PortRecord port in fresh) await ReleaseAsync(port).ConfigureAwait(false);
            Note(sandbox);
            throw;
        }
    }

    /// <summary>Begins to pass on what packet filters cannot lead to a container.</summary>
    private void Pass(SandboxRecord sandbox)
    {
        foreach (PortRecord port in sandbox.Ports)
        {
            IPAddress at = IPAddress.Parse(port.HostAddress);
            if (!at.IsIpv6 || proxies.ContainsKey(port) || ports.SocketOf(port.Protocol, at, port.HostPort) is not { } socket) continue;
            IPAddress? target = Leader(sandbox, isIpv6: true)?.Endpoint.Ipv6 ?? Leader(sandbox, isIpv6: false)?.Endpoint.Ipv4;
            if (target is not null) proxies.Add(port, new(options.Host, socket, new(target, port.ContainerPort)));
        }
    }

    private async Task ReleaseAsync(PortRecord port)
    {
        if (proxies.Remove(port, out PortProxy? proxy)) await proxy.DisposeAsync().ConfigureAwait(false);
        ports.Release(port.Protocol, IPAddress.Parse(port.HostAddress), port.HostPort);
    }

    /// <summary>Takes what an end has published away: with its address it leads nowhere.</summary>
    private async Task RevokeAsync(SandboxRecord sandbox, NetworkRecord network, EndpointRecord endpoint)
    {
        List<PublishedPort> removed = [.. Published(sandbox).Where(port => port.Network.Id == network.Id && port.Endpoint.Id == endpoint.Id).Select(port => port.Port)];
        if (removed.Count > 0) await drivers[network.Driver].PublishAsync(network, [], removed, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task ChangeAsync(SandboxRecord sandbox, IReadOnlyList<PortRecord> added, IReadOnlyList<PortRecord> removed, CancellationToken cancel)
    {
        var come = Published(sandbox with { Ports = added }).ToLookup(port => port.Network.Id);
        var go = Published(sandbox with { Ports = removed }).ToLookup(port => port.Network.Id);
        foreach (string id in come.Select(group => group.Key).Union(go.Select(group => group.Key)))
        {
            NetworkRecord network = Find(id);
            await drivers[network.Driver].PublishAsync(network, [.. come[id].Select(port => port.Port)], [.. go[id].Select(port => port.Port)], cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The ports of a container with where they lead: of each family to the end by which the container reaches elsewhere.</summary>
    private IEnumerable<(NetworkRecord Network, EndpointRecord Endpoint, PublishedPort Port)> Published(SandboxRecord sandbox)
    {
        foreach (PortRecord port in sandbox.Ports)
        {
            IPAddress at = IPAddress.Parse(port.HostAddress);
            bool isIpv6 = at.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
            if (Leader(sandbox, isIpv6) is { } end && end.Endpoint.Address(isIpv6) is { } address) yield return (end.Network, end.Endpoint, new(port.Protocol, at, port.HostPort, new(address, port.ContainerPort)));
        }
    }

    /// <summary>At which addresses of the host a port is published: of each family that the container has.</summary>
    private IReadOnlyList<IPAddress> AddressesOf(SandboxRecord sandbox, PortWish wish)
    {
        (NetworkRecord Network, EndpointRecord Endpoint)? ipv4 = Leader(sandbox, isIpv6: false), ipv6 = Leader(sandbox, isIpv6: true);
        IPAddress? wanted = wish.HostAddress ?? (ipv4 is { } lead ? BridgeSettings.PublishAddress(lead.Network) : null);
        // From IPv6 to IPv4 connections are passed on; the other way nobody wants.
        bool hasIpv6 = System.Net.Sockets.Socket.OSSupportsIPv6 && (ipv4 ?? ipv6) is not null;
        if (wanted is not null) return (wanted.IsIpv6 ? hasIpv6 : ipv4 is not null) ? [wanted] : [];
        List<IPAddress> all = [];
        if (ipv4 is not null) all.Add(IPAddress.Any);
        if (hasIpv6) all.Add(IPAddress.IPv6Any);
        return all;
    }

    private static bool Fits(PortRecord port, PortWish wish) =>
        port.Protocol == wish.Protocol && port.ContainerPort == wish.ContainerPort && (wish.FirstPort == 0 || port.HostPort >= wish.FirstPort && port.HostPort <= Math.Max(wish.FirstPort, wish.LastPort))
        && (wish.HostAddress is null ? port.HostAddress is "0.0.0.0" or "::" : port.HostAddress == wish.HostAddress.ToString());
}
