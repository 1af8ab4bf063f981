using System.Net;
using Keelson.Network.Bridge;
using Keelson.Network.Ipam;
using Keelson.Network.Records;
using Keelson.Network.Remote;

namespace Keelson.Network.Control;

/// <content>Addresses of networks and of ends, chosen here or by a plug-in.</content>
public sealed partial class NetworkController
{
    /// <summary>Who chooses addresses here, and who chooses none.</summary>
    private const string DefaultIpam = "default", NullIpam = "null";

    private readonly Dictionary<string, Dictionary<bool, IAddressSource>> pools = new(StringComparer.Ordinal);

    /// <summary>Chooses the addresses of a network, and of each family its gateway.</summary>
    private async ValueTask<(NetworkRecord Network, Dictionary<bool, IAddressSource> Pools)> ChooseAsync(NetworkRecord network, CancellationToken cancel)
    {
        foreach (IpamConfig config in network.Ipam) config.Check();
        if (network.IpamDriver == NullIpam)
        {
            if (network.Ipam.Any(config => config.Subnet is not null)) throw new KeelsonException(ErrorKind.InvalidArgument, $"network {network.Name}: the null ipam driver gives no addresses, and a subnet is asked for");
            return (network with { Ipam = [] }, []);
        }
        List<IpamConfig> all = [];
        Dictionary<bool, IAddressSource> chosen = [];
        try
        {
            foreach (bool isIpv6 in (bool[])[false, true])
            {
                if (!(isIpv6 ? network.HasIpv6 : network.HasIpv4)) continue;
                IpamConfig wish = network.Addresses(isIpv6) ?? new();
                (IpamConfig config, chosen[isIpv6]) = IsLocal(network) ? ChooseHere(isIpv6, wish) : await AskPoolAsync(network, isIpv6, wish, cancel).ConfigureAwait(false);
                all.Add(config);
            }
        }
        catch
        {
            await GiveUpAsync(network with { Ipam = all }, chosen).ConfigureAwait(false);
            throw;
        }
        return (network with { Ipam = all }, chosen);
    }

    private (IpamConfig, IAddressSource) ChooseHere(bool isIpv6, IpamConfig wish)
    {
        IReadOnlyList<IPNetwork> used = routes();
        IPNetwork subnet = wish.Subnet ?? DirectoryOf(isIpv6).Choose(isIpv6, candidate => Overlaps(candidate) || used.Any(route => route.Overlaps(candidate)));
        if (wish.Subnet is not null && Overlaps(subnet)) throw new KeelsonException(ErrorKind.FailedPrecondition, $"invalid pool request: Pool overlaps with other one on this address space: {subnet}");
        AddressPool pool = new(subnet, wish.Range);
        if (wish.Gateway is { } gateway) pool.Take(gateway);
        else gateway = TakeFirst(pool, subnet);
        foreach (IPAddress auxiliary in wish.Auxiliary.Values) pool.Take(auxiliary);
        return (wish with { Subnet = subnet, Gateway = gateway }, new LocalAddresses(pool));

        bool Overlaps(IPNetwork candidate) => pools.Values.SelectMany(held => held.Values).Any(pool => pool.Network.Overlaps(candidate));
    }

    private PoolDirectory DirectoryOf(bool isIpv6) => new(!isIpv6 || options.Pools.Any(source => source.Base.IsIpv6)
        ? options.Pools : [PoolDirectory.LocalOf(HostIdentity.Read(options.MachineIdFile, options.StateDirectory + "/host-identity", disk))]);

    /// <summary>Has a plug-in choose. What it gave it gets back when one of it cannot be had.</summary>
    private async ValueTask<(IpamConfig, IAddressSource)> AskPoolAsync(NetworkRecord network, bool isIpv6, IpamConfig wish, CancellationToken cancel)
    {
        RemoteIpam ipam = await IpamAsync(network.IpamDriver, cancel).ConfigureAwait(false);
        (string id, IPNetwork subnet, IPAddress? gateway) = await ipam.RequestPoolAsync(isIpv6, wish.Subnet, wish.Range, network.IpamOptions, cancel).ConfigureAwait(false);
        RemoteAddresses source = new(stop => IpamAsync(network.IpamDriver, stop), id, subnet, trouble);
        List<IPAddress> own = [];
        try
        {
            if (wish.Gateway is not null || gateway is null) own.Add(gateway = await source.TakeGatewayAsync(wish.Gateway, cancel).ConfigureAwait(false));
            foreach (IPAddress auxiliary in wish.Auxiliary.Values) own.Add(await source.TakeAsync(auxiliary, null, cancel).ConfigureAwait(false));
        }
        catch
        {
            await TellOrWarnAsync(network, () => source.CloseAsync(own)).ConfigureAwait(false);
            throw;
        }
        return (wish with { Subnet = subnet, Gateway = gateway, PoolId = id }, source);
    }

    /// <summary>Gives the addresses of a network that failed back.</summary>
    private async ValueTask GiveUpAsync(NetworkRecord network, Dictionary<bool, IAddressSource> chosen)
    {
        pools.Remove(network.Id);
        await TellOrWarnAsync(network, () => CloseAsync(network, chosen)).ConfigureAwait(false);
    }

    /// <summary>Gives the addresses of a network back.</summary>
    /// <exception cref="KeelsonException">Unavailable: the plug-in that they are from is not there.</exception>
    private static async ValueTask CloseAsync(NetworkRecord network, Dictionary<bool, IAddressSource> chosen)
    {
        foreach ((bool isIpv6, IAddressSource source) in chosen)
            if (source is RemoteAddresses remote && network.Addresses(isIpv6) is { } config) await remote.CloseAsync([.. ((IPAddress?[])[config.Gateway]).OfType<IPAddress>(), .. config.Auxiliary.Values]).ConfigureAwait(false);
    }

    /// <summary>Gives back after a failure, which is what the caller is told.</summary>
    private ValueTask TellOrWarnAsync(NetworkRecord network, Func<ValueTask> giveBack) => TryAsync($"addresses of network {network.Name} could not be given back", () => giveBack().AsTask());

    /// <summary>Has the addresses of a network as they were written down.</summary>
    private Dictionary<bool, IAddressSource> Remembered(NetworkRecord network)
    {
        Dictionary<bool, IAddressSource> own = [];
        foreach (IpamConfig config in network.IsConfiguration ? [] : network.Ipam)
        {
            if (config.Subnet is not { } subnet) continue;
            if (config.PoolId is { } id)
            {
                own[subnet.IsIpv6] = new RemoteAddresses(stop => IpamAsync(network.IpamDriver, stop), id, subnet, trouble);
                continue;
            }
            AddressPool pool = new(subnet, config.Range);
            if (config.Gateway is { } gateway) pool.Take(gateway);
            foreach (IPAddress auxiliary in config.Auxiliary.Values) pool.Take(auxiliary);
            own[subnet.IsIpv6] = new LocalAddresses(pool);
        }
        return own;
    }

    /// <summary>Has a plug-in that forgets know what is in use of the networks that it has given.</summary>
    private async ValueTask RemindAsync(RemoteIpam ipam, CancellationToken cancel)
    {
        foreach (NetworkRecord network in List().Where(network => network.IpamDriver == ipam.Name && !network.IsConfiguration))
            foreach (IpamConfig config in network.Ipam)
            {
                if (config is not { Subnet: { } subnet, PoolId: not null }) continue;
                bool isIpv6 = subnet.IsIpv6;
                (string id, _, _) = await ipam.RequestPoolAsync(isIpv6, subnet, config.Range, network.IpamOptions, cancel).ConfigureAwait(false);
                if (id != config.PoolId) throw new KeelsonException(ErrorKind.DataLoss, $"plug-in {ipam.Name}: IpamDriver.RequestPool: it calls {subnet} {id} now, and called it {config.PoolId}");
                if (config.Gateway is { } gateway) await ipam.RequestAddressAsync(id, gateway, null, isGateway: true, cancel).ConfigureAwait(false);
                foreach (IPAddress auxiliary in config.Auxiliary.Values) await ipam.RequestAddressAsync(id, auxiliary, null, isGateway: false, cancel).ConfigureAwait(false);
                foreach ((_, EndpointRecord endpoint) in Endpoints(network.Id))
                    if (endpoint.Address(isIpv6) is { } address) await ipam.RequestAddressAsync(id, address, ipam.WantsHardwareAddress ? endpoint.HardwareAddress : null, isGateway: false, cancel).ConfigureAwait(false);
            }
    }

    private void Hold(EndpointRecord endpoint)
    {
        if (!pools.TryGetValue(endpoint.NetworkId, out Dictionary<bool, IAddressSource>? own)) return;
        foreach (bool isIpv6 in (bool[])[false, true])
            if (endpoint.Address(isIpv6) is { } address && own.TryGetValue(isIpv6, out IAddressSource? pool)) (pool as LocalAddresses)?.Hold(address);
    }

    /// <summary>Gives an end its addresses and the name of its device.</summary>
    private async ValueTask<EndpointRecord> AddressAsync(NetworkRecord network, SandboxRecord sandbox, EndpointRecord endpoint, EndpointWish wish, INetworkDriver driver, CancellationToken cancel)
    {
        Dictionary<bool, IAddressSource> own = pools.GetValueOrDefault(network.Id) ?? [];
        // Who asks a plug-in says whose the address is to be.
        string hardware = wish.HardwareAddress.IsEmpty ? IsLocal(network) ? "" : Convert.ToHexString(BridgeEndpoint.MakeHardwareAddress(null)) : Convert.ToHexString(wish.HardwareAddress.Span);
        if (EndpointOptions.HasLimits(wish.Options) && !driver.LimitsBandwidth) throw new KeelsonException(ErrorKind.InvalidArgument, $"network {network.Name}: limits of bandwidth are for networks of driver bridge, and this is one of {network.Driver}");
        if (EndpointOptions.AcceptedFrom(wish.Options).Length > 0 && !driver.PartsNeighbours(network))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"network {network.Name}: {EndpointOptions.AcceptFrom} is for networks of driver bridge whose containers may not speak to each other (com.docker.network.bridge.enable_icc=false)");
        (string? device, IReadOnlyDictionary<string, string> sysctls) = EndpointOptions.Read(wish, sandbox);
        EndpointRecord addressed = endpoint with { Device = device ?? NextDevice(network, sandbox), Sysctls = sysctls, Options = wish.Options };
        try
        {
            addressed = addressed with { Ipv4 = await TakeAsync(false, wish.Ipv4).ConfigureAwait(false) };
            addressed = addressed with { Ipv6 = await TakeAsync(true, wish.Ipv6).ConfigureAwait(false) };
            return addressed with { HardwareAddress = hardware.Length > 0 || driver.ChoosesAddresses ? hardware : Convert.ToHexString(BridgeEndpoint.MakeHardwareAddress(addressed.Ipv4)) };
        }
        catch
        {
            await TellOrWarnAsync(network, () => ReleaseAsync(network, addressed)).ConfigureAwait(false);
            throw;
        }

        async ValueTask<IPAddress?> TakeAsync(bool isIpv6, IPAddress? wanted)
        {
            if (driver.ChoosesAddresses) return wanted;
            if (own.TryGetValue(isIpv6, out IAddressSource? source)) return await source.TakeAsync(wanted, hardware, cancel).ConfigureAwait(false);
            return wanted is null ? null : throw new KeelsonException(ErrorKind.InvalidArgument, $"address {wanted}: network {network.Name} has none of its family");
        }
    }

    /// <summary>Gives the addresses of an end back.</summary>
    /// <param name="network">The network.</param>
    /// <param name="endpoint">The end.</param>
    /// <param name="isLocal">Those that were chosen here, or those of a plug-in; <see langword="null"/>: both.</param>
    private async ValueTask ReleaseAsync(NetworkRecord network, EndpointRecord endpoint, bool? isLocal = null)
    {
        if (!pools.TryGetValue(network.Id, out Dictionary<bool, IAddressSource>? own)) return;
        foreach (bool isIpv6 in (bool[])[false, true])
            if (endpoint.Address(isIpv6) is { } address && own.TryGetValue(isIpv6, out IAddressSource? source) && (isLocal is null || isLocal == source is LocalAddresses)) await source.ReleaseAsync(address).ConfigureAwait(false);
    }

    private static bool IsLocal(NetworkRecord network) => network.IpamDriver is DefaultIpam or "" or NullIpam;

    /// <summary>The first address of the network, be it in the range or not; or else any.</summary>
    private static IPAddress TakeFirst(AddressPool pool, IPNetwork subnet)
    {
        if (subnet.HostBits < 2) return pool.Take();
        IPAddress first = Addresses.Of(subnet.First + 1, subnet.IsIpv6);
        pool.Take(first);
        return first;
    }

    private static string NextDevice(NetworkRecord network, SandboxRecord sandbox)
    {
        string prefix = BridgeSettings.DevicePrefix(network);
        for (int i = 0; ; i++)
            if (prefix + i.ToString(System.Globalization.CultureInfo.InvariantCulture) is var name && !sandbox.Endpoints.Any(end => end.Device == name)) return name;
    }
}
