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

    /// <summary>What drivers were told of the ends by which containers reach elsewhere, by container.</summary>
    private readonly Dictionary<string, (NetworkRecord Network, EndpointRecord Endpoint, IReadOnlyList<PortRecord> Ports)> outside = new(StringComparer.Ordinal);

    /// <summary>Publishes exactly these ports of a container that runs, in place of those that are published: the ones that stay are not interrupted.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it does not run. AlreadyExists: a port is in use; then those before stay as they were.</exception>
    public async Task<SandboxRecord> PublishAsync(string containerId, IReadOnlyList<PortWish> wishes, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(wishes);
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            SandboxRecord sandbox = Running(containerId);
            foreach (bool isIpv6 in (bool[])[false, true])
                if (Leader(sandbox, isIpv6) is { } lead && drivers.TryGetValue(lead.Network.Driver, out INetworkDriver? driver) && driver.PublishesAtJoin)
                    throw new KeelsonException(ErrorKind.FailedPrecondition, $"publish ports of container {containerId}: network {lead.Network.Name} is of driver {lead.Network.Driver}, which publishes them as a container joins, and no others later");
            SandboxRecord published = await PublishAsync(sandbox, wishes, cancel).ConfigureAwait(false);
            await TellOutsideAsync(published, cancel).ConfigureAwait(false);
            return published;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Tells the drivers by which end a container reaches elsewhere, with which ports, when that has changed.</summary>
    private async Task TellOutsideAsync(SandboxRecord sandbox, CancellationToken cancel)
    {
        (NetworkRecord Network, EndpointRecord Endpoint)? lead = Leader(sandbox, isIpv6: false) ?? Leader(sandbox, isIpv6: true);
        if (outside.TryGetValue(sandbox.ContainerId, out var told) && told.Endpoint.Id == lead?.Endpoint.Id && told.Ports.SequenceEqual(sandbox.Ports)) return;
        await EndOutsideAsync(sandbox.ContainerId, cancel).ConfigureAwait(false);
        if (lead is not { } found) return;
        await (await DriverAsync(found.Network.Driver, cancel).ConfigureAwait(false)).OpenOutsideAsync(found.Network, found.Endpoint, sandbox.Ports, cancel).ConfigureAwait(false);
        outside[sandbox.ContainerId] = (found.Network, found.Endpoint, sandbox.Ports);
    }

    private async Task EndOutsideAsync(string containerId, CancellationToken cancel)
    {
        if (!outside.TryGetValue(containerId, out var told)) return;
        await (await DriverAsync(told.Network.Driver, cancel).ConfigureAwait(false)).CloseOutsideAsync(told.Network, told.Endpoint, cancel).ConfigureAwait(false);
        outside.Remove(containerId);
    }

    /// <summary>Chooses the ports of a container before it joins, where the network that it will reach elsewhere by publishes them then.</summary>
    private async Task<(SandboxRecord Sandbox, string? Publisher)> ChoosePortsAsync(SandboxRecord sandbox, SandboxWish wish, CancellationToken cancel)
    {
        NetworkRecord? lead = wish.Endpoints.Select(end => (Network: Find(end.Network), end.GatewayPriority)).Where(end => !end.Network.IsInternal)
            .OrderByDescending(end => end.GatewayPriority).ThenBy(end => end.Network.Name, StringComparer.Ordinal).Select(end => end.Network).FirstOrDefault();
        if (lead is null || wish.Ports.Count == 0 || !(await DriverAsync(lead.Driver, cancel).ConfigureAwait(false)).PublishesAtJoin) return (sandbox, null);
        List<PortRecord> chosen = [];
        try
        {
            foreach (PortWish port in wish.Ports)
            {
                IPAddress[] addresses = port.HostAddress is { } wanted ? [wanted] : System.Net.Sockets.Socket.OSSupportsIPv6 ? [IPAddress.Any, IPAddress.IPv6Any] : [IPAddress.Any];
                int taken = ports.Take(port.Protocol, addresses, port.FirstPort, port.LastPort);
                chosen.AddRange(addresses.Select(address => new PortRecord(port.Protocol, address.ToString(), taken, port.ContainerPort)));
            }
            SandboxRecord published = sandbox with { Ports = chosen };
            Note(published);
            return (published, lead.Id);
        }
        catch
        {
            foreach (PortRecord port in chosen) await ReleaseAsync(port).ConfigureAwait(false);
            throw;
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
                if (wish.Protocol == PublishedPort.Sctp && Leader(sandbox, isIpv6: false) is { } lead && PassingOf(lead.Network) != PortPassing.ByRules)
                    throw new KeelsonException(ErrorKind.FailedPrecondition, $"publish {wish.ContainerPort}/sctp: ports of network {lead.Network.Name} are served by processes of the host, which serve TCP and UDP alone");
                IReadOnlyList<IPAddress> addresses = AddressesOf(sandbox, wish);
                if (addresses.Count == 0) continue;
                int port = ports.Take(wish.Protocol, addresses, wish.FirstPort, wish.LastPort);
                fresh.AddRange(addresses.Select(address => new PortRecord(wish.Protocol, address.ToString(), port, wish.ContainerPort)));
            }
            chosen.AddRange(fresh);
            if (chosen.SequenceEqual(sandbox.Ports)) return sandbox;
            SandboxRecord published = sandbox with { Ports = chosen };
            // A successor lays what is written down, and nothing else.
            Note(published);
            await RouteAsync(sandbox, published, cancel).ConfigureAwait(false);
            Step("published");
            foreach (PortRecord port in sandbox.Ports.Except(chosen)) await ReleaseAsync(port).ConfigureAwait(false);
            return published;
        }
        catch
        {
            await TryAsync($"ports of container {sandbox.ContainerId} could not be led back", () => RouteAsync(sandbox with { Ports = [.. sandbox.Ports.Union(fresh)] }, sandbox, CancellationToken.None)).ConfigureAwait(false);
            foreach (PortRecord port in fresh) await ReleaseAsync(port).ConfigureAwait(false);
            NoteBack(sandbox);
            throw;
        }
    }

    /// <summary>Passes on what packet filters cannot lead to a container, to where it is now.</summary>
    private async Task PassAsync(SandboxRecord sandbox)
    {
        if (!options.IsResident) return;
        foreach (PortRecord port in sandbox.Ports)
        {
            IPAddress at = IPAddress.Parse(port.HostAddress);
            (NetworkRecord Network, EndpointRecord Endpoint)? lead = at.IsIpv6 ? Leader(sandbox, isIpv6: true) ?? Leader(sandbox, isIpv6: false) : Leader(sandbox, isIpv6: false);
            PortPassing passing = lead is { } found ? PassingOf(found.Network) : PortPassing.ByRules;
            IPAddress? address = at.IsIpv6 ? lead?.Endpoint.Ipv6 ?? lead?.Endpoint.Ipv4 : passing == PortPassing.ByRules ? null : lead?.Endpoint.Ipv4;
            IPEndPoint? target = address is null ? null : new(address, port.ContainerPort);
            if (proxies.TryGetValue(port, out PortProxy? standing))
            {
                if (standing.Target.Equals(target) && standing.IsInside == (passing == PortPassing.FromContainer)) continue;
                proxies.Remove(port);
                await standing.DisposeAsync().ConfigureAwait(false);
            }
            if (target is not null && ports.SocketOf(port.Protocol, at, port.HostPort) is { } socket) proxies.Add(port, passing == PortPassing.FromContainer ? PortProxy.Within(sandbox.Path, socket, target) : new(options.Host, socket, target));
        }
    }

    private PortPassing PassingOf(NetworkRecord network) => drivers.TryGetValue(network.Driver, out INetworkDriver? driver) ? driver.Passing(network) : PortPassing.ByRules;

    private async Task ReleaseAsync(PortRecord port)
    {
        if (proxies.Remove(port, out PortProxy? proxy)) await proxy.DisposeAsync().ConfigureAwait(false);
        ports.Release(port.Protocol, IPAddress.Parse(port.HostAddress), port.HostPort);
    }

    /// <summary>Has a container's ports lead to it where they are now, in place of where they were: other ports, or another end by which the container reaches elsewhere.</summary>
    private async Task RouteAsync(SandboxRecord before, SandboxRecord now, CancellationToken cancel)
    {
        List<(NetworkRecord Network, PublishedPort Port)> old = [.. Published(before)], fresh = [.. Published(now)];
        List<(NetworkRecord Network, PublishedPort[] Added, PublishedPort[] Removed)> changes = [];
        foreach (NetworkRecord network in old.Concat(fresh).Select(port => port.Network).DistinctBy(network => network.Id))
        {
            PublishedPort[] was = Of(old, network), stands = Of(fresh, network);
            changes.Add((network, [.. stands.Except(was)], [.. was.Except(stands)]));
        }
        // A port of the host leads to one place: where it led before comes first.
        foreach ((NetworkRecord network, PublishedPort[] added, PublishedPort[] removed) in changes.OrderBy(change => change.Added.Length))
            if (added.Length + removed.Length > 0) await (await DriverAsync(network.Driver, cancel).ConfigureAwait(false)).PublishAsync(network, added, removed, cancel).ConfigureAwait(false);
        await PassAsync(now).ConfigureAwait(false);

        static PublishedPort[] Of(List<(NetworkRecord Network, PublishedPort Port)> ports, NetworkRecord network) => [.. ports.Where(port => port.Network.Id == network.Id).Select(port => port.Port)];
    }

    /// <summary>The ports of a container with where they lead: of each family to the end by which the container reaches elsewhere.</summary>
    private IEnumerable<(NetworkRecord Network, PublishedPort Port)> Published(SandboxRecord sandbox)
    {
        foreach (PortRecord port in sandbox.Ports)
        {
            IPAddress at = IPAddress.Parse(port.HostAddress);
            bool isIpv6 = at.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
            if (Leader(sandbox, isIpv6) is { } end && end.Endpoint.Address(isIpv6) is { } address) yield return (end.Network, new(port.Protocol, at, port.HostPort, new(address, port.ContainerPort)));
        }
    }

    /// <summary>At which addresses of the host a port is published: of each family that the container has.</summary>
    private IReadOnlyList<IPAddress> AddressesOf(SandboxRecord sandbox, PortWish wish)
    {
        (NetworkRecord Network, EndpointRecord Endpoint)? ipv4 = Leader(sandbox, isIpv6: false), ipv6 = Leader(sandbox, isIpv6: true);
        IPAddress? wanted = wish.HostAddress ?? (ipv4 is { } lead ? BridgeSettings.PublishAddress(lead.Network) : null);
        // From IPv6 to IPv4 connections are passed on while the process is there; the other way nobody wants.
        bool hasIpv6 = System.Net.Sockets.Socket.OSSupportsIPv6 && (options.IsResident ? ipv4 ?? ipv6 : ipv6) is not null;
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
