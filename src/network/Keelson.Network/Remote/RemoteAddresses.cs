using System.Net;
using Keelson.Network.Ipam;

namespace Keelson.Network.Remote;

/// <summary>The addresses of one network that a plug-in chooses.</summary>
/// <param name="ipam">Opens the way to it, when it is needed.</param>
/// <param name="poolId">What it calls the network.</param>
/// <param name="network">The network.</param>
/// <param name="trouble">Hears of what it would not take back.</param>
internal sealed class RemoteAddresses(Func<CancellationToken, ValueTask<RemoteIpam>> ipam, string poolId, IPNetwork network, Action<string> trouble) : IAddressSource
{
    public IPNetwork Network => network;

    public async ValueTask<IPAddress> TakeAsync(IPAddress? wanted, string? hardwareAddress, CancellationToken cancel)
    {
        RemoteIpam plugin = await ipam(cancel).ConfigureAwait(false);
        IPAddress address = await plugin.RequestAddressAsync(poolId, wanted, plugin.WantsHardwareAddress ? hardwareAddress : null, isGateway: false, cancel).ConfigureAwait(false);
        if (network.Contains(address)) return address;
        await ReleaseAsync(address).ConfigureAwait(false);
        throw new KeelsonException(ErrorKind.DataLoss, $"plug-in {plugin.Name}: IpamDriver.RequestAddress: {address} is not of {network}");
    }

    /// <summary>Takes the address of the network's own end.</summary>
    public async ValueTask<IPAddress> TakeGatewayAsync(IPAddress? wanted, CancellationToken cancel) =>
        await (await ipam(cancel).ConfigureAwait(false)).RequestAddressAsync(poolId, wanted, null, isGateway: true, cancel).ConfigureAwait(false);

    public async ValueTask ReleaseAsync(IPAddress address)
    {
        RemoteIpam plugin = await ipam(CancellationToken.None).ConfigureAwait(false);
        await TellAsync(() => plugin.ReleaseAddressAsync(poolId, address, CancellationToken.None)).ConfigureAwait(false);
    }

    /// <summary>Gives the network back, and its own addresses before.</summary>
    /// <param name="own">These.</param>
    public async ValueTask CloseAsync(IEnumerable<IPAddress> own)
    {
        foreach (IPAddress address in own) await ReleaseAsync(address).ConfigureAwait(false);
        RemoteIpam plugin = await ipam(CancellationToken.None).ConfigureAwait(false);
        await TellAsync(() => plugin.ReleasePoolAsync(poolId, CancellationToken.None)).ConfigureAwait(false);
    }

    /// <summary>Gives back. A plug-in that says no has been told, and what it says is told; one that is not there has to be told later.</summary>
    private async Task TellAsync(Func<Task> giveBack)
    {
        try
        {
            await giveBack().ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind != ErrorKind.Unavailable)
        {
            trouble($"addresses of {network}: {e.FullMessage}");
        }
    }
}
