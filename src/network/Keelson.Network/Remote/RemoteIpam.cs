using System.Globalization;
using System.Net;
using System.Text.Json.Serialization.Metadata;
using Keelson.Plugins;

namespace Keelson.Network.Remote;

/// <summary>Addresses that a plug-in chooses. libnetwork "IPAM Driver": networks are its pools, which it gives names of its own.</summary>
public sealed class RemoteIpam : IDisposable
{
    private const string AddressType = "RequestAddressType", Gateway = "com.docker.network.gateway", Hardware = "com.docker.network.endpoint.macaddress";

    private readonly PluginClient plugin;
    private readonly string addressSpace;

    private RemoteIpam(PluginClient plugin, string addressSpace) => (this.plugin, this.addressSpace) = (plugin, addressSpace);

    /// <summary>What the plug-in is called.</summary>
    public string Name => plugin.Name;

    /// <summary>Whether it is told whose an address is by the address of the link layer.</summary>
    public bool WantsHardwareAddress { get; private init; }

    /// <summary>Whether it forgets, and is asked again for what is in use when the engine starts.</summary>
    public bool Forgets { get; private init; }

    /// <summary>Opens the way to a plug-in.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">Unavailable: it cannot be reached. InvalidArgument: it chooses no addresses.</exception>
    public static async Task<RemoteIpam> OpenAsync(string name, string address, CancellationToken cancel = default)
    {
        PluginClient plugin = new(name, address);
        try
        {
            if (!await plugin.IsAsync("IpamDriver", cancel).ConfigureAwait(false)) throw new KeelsonException(ErrorKind.InvalidArgument, $"plug-in {name}: it is no driver of addresses");
            IpamCapabilitiesAnswer? able = await plugin.AskAsync("IpamDriver.GetCapabilities", new(), PluginJson.Default.EmptyMessage, PluginJson.Default.IpamCapabilitiesAnswer, cancel).ConfigureAwait(false);
            AddressSpacesAnswer? spaces = await plugin.AskAsync("IpamDriver.GetDefaultAddressSpaces", new(), PluginJson.Default.EmptyMessage, PluginJson.Default.AddressSpacesAnswer, cancel).ConfigureAwait(false);
            return new(plugin, spaces?.LocalDefaultAddressSpace ?? "") { WantsHardwareAddress = able?.RequiresMacAddress == true, Forgets = able?.RequiresRequestReplay == true };
        }
        catch
        {
            plugin.Dispose();
            throw;
        }
    }

    /// <summary>Closes the way; what was given stays given.</summary>
    public void Dispose() => plugin.Dispose();

    /// <summary>Asks for a network.</summary>
    /// <param name="isIpv6">Of which family.</param>
    /// <param name="subnet">Which; <see langword="null"/>: any.</param>
    /// <param name="range">The part of it that addresses are chosen from.</param>
    /// <param name="options">What somebody wants the plug-in to be told.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What the plug-in calls it, the network, and its gateway if the plug-in says which.</returns>
    /// <exception cref="KeelsonException">Unavailable: it cannot be reached. FailedPrecondition: it refuses. DataLoss: its answer is none.</exception>
    public async Task<(string PoolId, IPNetwork Network, IPAddress? Gateway)> RequestPoolAsync(bool isIpv6, IPNetwork? subnet, IPNetwork? range, IReadOnlyDictionary<string, string> options, CancellationToken cancel)
    {
        RequestPoolMessage message = new() { AddressSpace = addressSpace, Pool = subnet?.ToString() ?? "", SubPool = range?.ToString() ?? "", Options = options, V6 = isIpv6 };
        RequestPoolAnswer answer = await AskAsync("RequestPool", message, PluginJson.Default.RequestPoolMessage, PluginJson.Default.RequestPoolAnswer, cancel).ConfigureAwait(false);
        string id = answer.PoolId ?? "";
        PluginText text = new(Name, "IpamDriver.RequestPool");
        try
        {
            return (id, text.Network(answer.Pool, isIpv6), text.Address(answer.Data?.GetValueOrDefault(Gateway)));
        }
        catch (KeelsonException)
        {
            await ReleasePoolAsync(id, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gives a network back.</summary>
    /// <inheritdoc cref="RequestPoolAsync" path="/exception"/>
    public async Task ReleasePoolAsync(string poolId, CancellationToken cancel) =>
        await AskAsync("ReleasePool", new(poolId), PluginJson.Default.ReleasePoolMessage, PluginJson.Default.PluginAnswer, cancel).ConfigureAwait(false);

    /// <summary>Asks for an address.</summary>
    /// <param name="poolId">Of which network.</param>
    /// <param name="wanted">Which; <see langword="null"/>: any.</param>
    /// <param name="hardwareAddress">Whose it will be, 12 hexadecimal digits; <see langword="null"/>: the network's own.</param>
    /// <param name="isGateway">Whether it is for the network's gateway.</param>
    /// <param name="cancel">Gives up.</param>
    /// <inheritdoc cref="RequestPoolAsync" path="/exception"/>
    public async Task<IPAddress> RequestAddressAsync(string poolId, IPAddress? wanted, string? hardwareAddress, bool isGateway, CancellationToken cancel)
    {
        Dictionary<string, string> options = [];
        if (isGateway) options[AddressType] = Gateway;
        if (hardwareAddress is not null) options[Hardware] = string.Join(':', Enumerable.Range(0, hardwareAddress.Length / 2).Select(i => hardwareAddress.Substring(i * 2, 2).ToLower(CultureInfo.InvariantCulture)));
        RequestAddressMessage message = new() { PoolId = poolId, Address = wanted?.ToString() ?? "", Options = options };
        RequestAddressAnswer answer = await AskAsync("RequestAddress", message, PluginJson.Default.RequestAddressMessage, PluginJson.Default.RequestAddressAnswer, cancel).ConfigureAwait(false);
        return new PluginText(Name, "IpamDriver.RequestAddress").Address(answer.Address) ?? throw Wrong("RequestAddress", "it gives none");
    }

    /// <summary>Gives an address back.</summary>
    /// <inheritdoc cref="RequestPoolAsync" path="/exception"/>
    public async Task ReleaseAddressAsync(string poolId, IPAddress address, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(address);
        await AskAsync("ReleaseAddress", new(poolId, address.ToString()), PluginJson.Default.ReleaseAddressMessage, PluginJson.Default.PluginAnswer, cancel).ConfigureAwait(false);
    }

    private async Task<TAnswer> AskAsync<TMessage, TAnswer>(string method, TMessage message, JsonTypeInfo<TMessage> messageType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancel) where TAnswer : class =>
        await plugin.AskAsync("IpamDriver." + method, message, messageType, answerType, cancel).ConfigureAwait(false) ?? throw Wrong(method, "it does not know this method");

    private KeelsonException Wrong(string method, string why) => new(ErrorKind.DataLoss, $"plug-in {Name}: IpamDriver.{method}: {why}");
}
