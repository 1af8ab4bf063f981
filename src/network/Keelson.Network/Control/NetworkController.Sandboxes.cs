using System.Net;
using Keelson.Linux;
using Keelson.Network.Dns;
using Keelson.Network.Ipam;
using Keelson.Network.Records;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Control;

/// <content>Containers and their ends.</content>
public sealed partial class NetworkController
{
    private readonly Dictionary<string, SandboxRecord> sandboxes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DnsServer Server, FdHandle Place)> servers = new(StringComparer.Ordinal);
    private readonly NameIndex index = new();
    private readonly DnsLoop? loop;

    /// <summary>Containers whose networks were to be taken away, and could not be as a whole.</summary>
    private readonly HashSet<string> unclosed = new(StringComparer.Ordinal);

    /// <summary>The networks of a container; <see langword="null"/>: it has none now.</summary>
    public SandboxRecord? FindSandbox(string containerId)
    {
        lock (networks) return sandboxes.GetValueOrDefault(containerId);
    }

    /// <summary>The containers that are in a network, and their ends.</summary>
    public IReadOnlyList<(string ContainerId, EndpointRecord Endpoint)> Endpoints(string networkId)
    {
        lock (networks) return [.. sandboxes.Values.SelectMany(sandbox => sandbox.Endpoints.Where(endpoint => endpoint.NetworkId == networkId).Select(endpoint => (sandbox.ContainerId, endpoint)))];
    }

    /// <summary>Makes the network namespace of a container, with all its ends.</summary>
    /// <exception cref="KeelsonException">Something of it cannot be had; nothing is left of it.</exception>
    public async Task<SandboxRecord> OpenAsync(SandboxWish wish, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(wish);
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (unclosed.Contains(wish.ContainerId)) await CloseAsync(sandboxes[wish.ContainerId]).ConfigureAwait(false);
            if (sandboxes.ContainsKey(wish.ContainerId)) throw new KeelsonException(ErrorKind.AlreadyExists, $"container {wish.ContainerId}: it has its networks already");
            SandboxRecord sandbox = new() { ContainerId = wish.ContainerId, Path = wish.IsBorrowed ? wish.Namespace! : $"{options.RunDirectory}/netns/{wish.ContainerId}", IsBorrowed = wish.IsBorrowed, Names = wish.Names, IsServed = wish.IsServed, Upstreams = [.. wish.Upstreams.Select(upstream => upstream.Address)] };
            Note(sandbox);
            try
            {
                if (wish.Namespace is null) SandboxNamespace.Make(sandbox.Path);
                else if (!wish.IsBorrowed) SandboxNamespace.Take(wish.Namespace, sandbox.Path);
                Step("namespace made");
                SandboxNamespace.SetUpLoopback(sandbox.Path);
                wish.NamespaceMade?.Invoke(sandbox.Path);
                (sandbox, string? publisher) = await ChoosePortsAsync(sandbox, wish, cancel).ConfigureAwait(false);
                foreach (EndpointWish endpoint in wish.Endpoints) sandbox = await JoinAsync(sandbox, endpoint, cancel, publisher).ConfigureAwait(false);
                if (wish.HasWayOut) await LeadAsync(sandbox, cancel).ConfigureAwait(false);
                Note(sandbox = Finished(sandbox));
                sandbox = await PublishAsync(sandbox, wish.Ports, cancel).ConfigureAwait(false);
                await TellOutsideAsync(sandbox, cancel).ConfigureAwait(false);
                Serve(sandbox, wish.Upstreams);
                return sandbox;
            }
            catch
            {
                try
                {
                    await CloseAsync(sandboxes[wish.ContainerId]).ConfigureAwait(false);
                }
                catch (KeelsonException e)
                {
                    // What led here is what the caller is told.
                    trouble(e.FullMessage);
                }
                throw;
            }
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Takes the networks of a container away; one that has none is left alone.</summary>
    /// <exception cref="KeelsonException">Something of it could not be taken away: its record stays, and the addresses that it may still have.</exception>
    public async Task CloseAsync(string containerId, CancellationToken cancel = default)
    {
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (sandboxes.TryGetValue(containerId, out SandboxRecord? sandbox)) await CloseAsync(sandbox).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Has a container that runs join a network.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it does not run, or is in the network. Others: it cannot be had; nothing is left of it.</exception>
    public async Task<SandboxRecord> ConnectAsync(string containerId, EndpointWish wish, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(wish);
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            SandboxRecord before = Running(containerId), sandbox = await JoinAsync(before, wish, cancel).ConfigureAwait(false);
            try
            {
                await LeadAsync(sandbox, cancel).ConfigureAwait(false);
                Step("led");
                await RouteAsync(before, sandbox, cancel).ConfigureAwait(false);
                await TellOutsideAsync(sandbox, cancel).ConfigureAwait(false);
                Note(sandbox = Finished(sandbox));
                Serve(sandbox, UpstreamsOf(sandbox));
                return sandbox;
            }
            catch
            {
                await TryAsync($"container {containerId} could not be taken from network {wish.Network} again", () => LeaveAsync(sandbox, sandbox.Endpoints[^1], goesOn: true)).ConfigureAwait(false);
                throw;
            }
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Has a container that runs leave a network.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it does not run, or is not in the network.</exception>
    public async Task<SandboxRecord> DisconnectAsync(string containerId, string network, CancellationToken cancel = default)
    {
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            SandboxRecord sandbox = Running(containerId);
            NetworkRecord from = Find(network);
            EndpointRecord endpoint = sandbox.Endpoints.FirstOrDefault(end => end.NetworkId == from.Id) ?? throw new KeelsonException(ErrorKind.FailedPrecondition, $"container {containerId} is not connected to network {from.Name}");
            // A successor goes on with it.
            EndpointRecord leaving = endpoint with { IsUnfinished = true };
            Note(sandbox with { Endpoints = [.. sandbox.Endpoints.Select(end => end == endpoint ? leaving : end)] });
            return await LeaveAsync(sandbox, endpoint, goesOn: true).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Has a container be known by other names; one without networks is left alone.</summary>
    public async Task RenameAsync(string containerId, IReadOnlyList<string> names, CancellationToken cancel = default)
    {
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (!sandboxes.TryGetValue(containerId, out SandboxRecord? sandbox)) return;
            SandboxRecord renamed = sandbox with { Names = names };
            sandboxFiles.Save(containerId, renamed);
            lock (networks) sandboxes[containerId] = renamed;
            Index(sandbox, null);
            Index(null, renamed);
            foreach (EndpointRecord endpoint in renamed.Endpoints) await AllowAsync(Find(endpoint.NetworkId)).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    private SandboxRecord Running(string containerId) => sandboxes.GetValueOrDefault(containerId) ?? throw new KeelsonException(ErrorKind.FailedPrecondition, $"container {containerId} is not running");

    /// <summary>Has those neighbours who may not speak to each other do so whom one accepts.</summary>
    private async ValueTask AllowAsync(NetworkRecord network)
    {
        if (!drivers.TryGetValue(network.Driver, out INetworkDriver? driver) || !driver.PartsNeighbours(network)) return;
        List<(EndpointRecord From, EndpointRecord To)> pairs = [];
        List<(SandboxRecord Sandbox, EndpointRecord Endpoint)> ends = [.. sandboxes.Values.SelectMany(sandbox => sandbox.Endpoints.Where(end => end.NetworkId == network.Id).Select(end => (sandbox, end)))];
        foreach ((SandboxRecord _, EndpointRecord to) in ends)
        {
            string[] accepted = EndpointOptions.AcceptedFrom(to.Options);
            if (accepted.Length > 0) pairs.AddRange(ends.Where(from => from.Endpoint != to && Called(from.Sandbox, from.Endpoint).Intersect(accepted, StringComparer.OrdinalIgnoreCase).Any()).Select(from => (from.Endpoint, to)));
        }
        await driver.AllowAsync(network, pairs, CancellationToken.None).ConfigureAwait(false);
    }

    private static SandboxRecord Finished(SandboxRecord sandbox) => sandbox with { Endpoints = [.. sandbox.Endpoints.Select(end => end with { IsUnfinished = false })] };

    /// <summary>Has a container join a network; the end is unfinished until the caller has done what follows from it.</summary>
    /// <param name="sandbox">The container.</param>
    /// <param name="wish">What is wanted.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="publisher">The network whose driver publishes the container's ports as it joins; <see langword="null"/>: none does.</param>
    private async Task<SandboxRecord> JoinAsync(SandboxRecord sandbox, EndpointWish wish, CancellationToken cancel, string? publisher = null)
    {
        NetworkRecord network = Find(wish.Network);
        if (network.IsConfiguration) throw new KeelsonException(ErrorKind.InvalidArgument, $"network {network.Name} is a configuration network, and nobody can be in it");
        if (sandbox.Endpoints.Any(end => end.NetworkId == network.Id)) throw new KeelsonException(ErrorKind.FailedPrecondition, $"container {sandbox.ContainerId} is already connected to network {network.Name}");
        INetworkDriver driver = await DriverAsync(network.Driver, cancel).ConfigureAwait(false);
        EndpointRecord endpoint = new() { Id = NewId(), NetworkId = network.Id, Aliases = wish.Aliases, Links = wish.Links, GatewayPriority = wish.GatewayPriority };
        if (driver.HasAddresses) endpoint = await AddressAsync(network, sandbox, endpoint, wish, driver, cancel).ConfigureAwait(false);
        // Before anything of it is made, so that whoever finds it half made knows whose it is.
        endpoint = endpoint with { IsUnfinished = true };
        EndpointRecord? made = null;
        try
        {
            SandboxRecord joining = sandbox with { Endpoints = [.. sandbox.Endpoints, endpoint] };
            Note(joining);
            made = await driver.JoinAsync(network, endpoint, network.Id == publisher || !driver.PublishesAtJoin ? joining : joining with { Ports = [] }, cancel).ConfigureAwait(false);
            Step("joined");
            SandboxRecord joined = sandbox with { Endpoints = [.. sandbox.Endpoints, made] };
            Remember(joined);
            await AllowAsync(network).ConfigureAwait(false);
            return joined;
        }
        catch
        {
            if (made is not null) await TryAsync($"container {sandbox.ContainerId} could not be taken from network {network.Name} again", () => driver.LeaveAsync(network, made, sandbox, CancellationToken.None).AsTask()).ConfigureAwait(false);
            await TellOrWarnAsync(network, () => ReleaseAsync(network, endpoint)).ConfigureAwait(false);
            NoteBack(sandbox);
            throw;
        }
    }

    /// <summary>Takes a container out of a network.</summary>
    /// <param name="sandbox">The container.</param>
    /// <param name="endpoint">Its end.</param>
    /// <param name="goesOn">Whether it goes on, and reaches elsewhere by another network.</param>
    private async Task<SandboxRecord> LeaveAsync(SandboxRecord sandbox, EndpointRecord endpoint, bool goesOn)
    {
        NetworkRecord network = Find(endpoint.NetworkId);
        SandboxRecord left = sandbox with { Endpoints = [.. sandbox.Endpoints.Where(end => end.Id != endpoint.Id)] };
        await RouteAsync(sandbox, left, CancellationToken.None).ConfigureAwait(false);
        if (goesOn) await TellOutsideAsync(left, CancellationToken.None).ConfigureAwait(false);
        await (await DriverAsync(network.Driver, CancellationToken.None).ConfigureAwait(false)).LeaveAsync(network, endpoint, sandbox, CancellationToken.None).ConfigureAwait(false);
        // Nobody gets its addresses before it is known to be gone.
        Step("left");
        if (goesOn) await LeadAsync(left, CancellationToken.None).ConfigureAwait(false);
        await ReleaseAsync(network, endpoint, isLocal: false).ConfigureAwait(false);
        Note(left);
        await AllowAsync(network).ConfigureAwait(false);
        await ReleaseAsync(network, endpoint, isLocal: true).ConfigureAwait(false);
        return left;
    }

    private async Task CloseAsync(SandboxRecord sandbox)
    {
        if (servers.Remove(sandbox.ContainerId, out (DnsServer Server, FdHandle Place) names))
        {
            await names.Server.DisposeAsync().ConfigureAwait(false);
            names.Place.Dispose();
        }
        unclosed.Add(sandbox.ContainerId);
        List<Exception> failures = [];
        try
        {
            SandboxRecord closed = sandbox with { Ports = [] };
            await EndOutsideAsync(sandbox.ContainerId, CancellationToken.None).ConfigureAwait(false);
            await RouteAsync(sandbox, closed, CancellationToken.None).ConfigureAwait(false);
            foreach (PortRecord port in sandbox.Ports) await ReleaseAsync(port).ConfigureAwait(false);
            Note(sandbox = closed);
        }
        catch (KeelsonException e)
        {
            failures.Add(e);
        }
        foreach (EndpointRecord endpoint in sandbox.Endpoints)
        {
            try
            {
                sandbox = await LeaveAsync(sandbox, endpoint, goesOn: false).ConfigureAwait(false);
            }
            catch (KeelsonException e)
            {
                failures.Add(e);
            }
        }
        if (!sandbox.IsBorrowed) SandboxNamespace.Remove(sandbox.Path);
        Step("namespace removed");
        if (failures.Count > 0) throw new KeelsonException(ErrorKind.Unavailable, $"take the networks of container {sandbox.ContainerId} away", failures.Count == 1 ? failures[0] : new AggregateException(failures));
        sandboxFiles.Remove(sandbox.ContainerId);
        lock (networks) sandboxes.Remove(sandbox.ContainerId);
        unclosed.Remove(sandbox.ContainerId);
    }

    /// <summary>Chooses by which network a container reaches elsewhere, of each family.</summary>
    private async Task LeadAsync(SandboxRecord sandbox, CancellationToken cancel)
    {
        foreach (bool isIpv6 in (bool[])[false, true])
            if (Leader(sandbox, isIpv6) is { } found) await (await DriverAsync(found.Network.Driver, cancel).ConfigureAwait(false)).LeadAsync(found.Network, found.Endpoint, sandbox, isIpv6, cancel).ConfigureAwait(false);
    }

    private (NetworkRecord Network, EndpointRecord Endpoint)? Leader(SandboxRecord sandbox, bool isIpv6) => sandbox.Endpoints.Select(endpoint => (Network: Find(endpoint.NetworkId), Endpoint: endpoint))
        .Where(end => !end.Network.IsInternal && end.Endpoint.Address(isIpv6) is not null)
        .OrderByDescending(end => end.Endpoint.GatewayPriority).ThenBy(end => end.Network.Name, StringComparer.Ordinal)
        .Select(end => ((NetworkRecord, EndpointRecord)?)end).FirstOrDefault();

    /// <summary>Begins to serve names, where a network of the container has some or it wants to be served in any case.</summary>
    private void Serve(SandboxRecord sandbox, IReadOnlyList<DnsUpstream> upstreams)
    {
        if (loop is null || servers.ContainsKey(sandbox.ContainerId) || !sandbox.IsServed && NamedNetworks(sandbox.ContainerId).Count == 0) return;
        // Those that a network has told are asked first: they know its own names.
        upstreams = [.. sandbox.Endpoints.SelectMany(endpoint => endpoint.NameServers).Distinct().Select(server => new DnsUpstream(server, IsOfHost: false)).Concat(upstreams).Take(DnsServer.UpstreamLimit)];
        FdHandle place = SandboxNamespace.Open(sandbox.Path);
        try
        {
            servers.Add(sandbox.ContainerId, (new DnsServer(new NetworkPlace(place), new SandboxNames(index, () => NamedNetworks(sandbox.ContainerId)), () => HasWayOut(sandbox.ContainerId) ? upstreams : [], loop), place));
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>Who was to be asked, as far as it is written down.</summary>
    private static List<DnsUpstream> UpstreamsOf(SandboxRecord sandbox) => [.. sandbox.Upstreams.Select(upstream => new DnsUpstream(upstream, IPAddress.IsLoopback(upstream)))];

    /// <summary>Whether a question of a container may leave: it has a network that is not internal.</summary>
    private bool HasWayOut(string containerId)
    {
        lock (networks) return sandboxes.GetValueOrDefault(containerId)?.Endpoints.Any(endpoint => networks.TryGetValue(endpoint.NetworkId, out NetworkRecord? network) && !network.IsInternal) == true;
    }

    /// <summary>The networks of a container whose containers know each other by name.</summary>
    private IReadOnlyList<(NetworkRecord Network, IReadOnlyDictionary<string, string> Links)> NamedNetworks(string containerId)
    {
        lock (networks)
        {
            if (!sandboxes.TryGetValue(containerId, out SandboxRecord? sandbox)) return [];
            List<(NetworkRecord, IReadOnlyDictionary<string, string>)> found = [];
            foreach (EndpointRecord endpoint in sandbox.Endpoints)
                if (networks.TryGetValue(endpoint.NetworkId, out NetworkRecord? network) && network.HasNames) found.Add((network, endpoint.Links));
            return found;
        }
    }

    private void Note(SandboxRecord sandbox)
    {
        sandboxFiles.Save(sandbox.ContainerId, sandbox);
        Remember(sandbox);
    }

    /// <summary>Notes that a container is as it was, after something has failed; what failed is what is told.</summary>
    private void NoteBack(SandboxRecord sandbox)
    {
        Remember(sandbox);
        try
        {
            sandboxFiles.Save(sandbox.ContainerId, sandbox);
        }
        catch (KeelsonException e)
        {
            trouble($"networks of container {sandbox.ContainerId} could not be written down: {e.FullMessage}");
        }
    }

    private async ValueTask TryAsync(string failure, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            trouble($"{failure}: {e.FullMessage}");
        }
    }

    private void Step(string done) => options.Step?.Invoke(done);

    private void Remember(SandboxRecord sandbox)
    {
        SandboxRecord? before;
        lock (networks)
        {
            before = sandboxes.GetValueOrDefault(sandbox.ContainerId);
            sandboxes[sandbox.ContainerId] = sandbox;
        }
        Index(before, sandbox);
    }

    /// <summary>Tells the others what a container is called.</summary>
    private void Index(SandboxRecord? before, SandboxRecord? now)
    {
        foreach (EndpointRecord endpoint in before?.Endpoints ?? [])
            if (now?.Endpoints.Contains(endpoint) != true) index.Remove(endpoint.NetworkId, Called(before!, endpoint), AddressesOf(endpoint));
        foreach (EndpointRecord endpoint in now?.Endpoints ?? [])
            if (before?.Endpoints.Contains(endpoint) != true) index.Add(endpoint.NetworkId, Called(now!, endpoint), AddressesOf(endpoint));
    }

    private static string[] Called(SandboxRecord sandbox, EndpointRecord endpoint) => [.. sandbox.Names, .. endpoint.Aliases];

    private static IPAddress[] AddressesOf(EndpointRecord endpoint) => [.. ((IPAddress?[])[endpoint.Ipv4, endpoint.Ipv6]).OfType<IPAddress>()];
}
