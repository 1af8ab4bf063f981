using Keelson.Network.Ipam;
using Keelson.Network.Records;

namespace Keelson.Network.Control;

/// <content>The network of who names none.</content>
public sealed partial class NetworkController
{
    /// <summary>Has a network of this name stand as it is wished: makes it, and makes it anew where it is otherwise and nobody is in it.</summary>
    /// <param name="wish">What is wanted.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The network; the one that was, while somebody is in it.</returns>
    /// <inheritdoc cref="CreateAsync" path="/exception"/>
    public async Task<NetworkRecord> EnsureAsync(NetworkRecord wish, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(wish);
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (List().FirstOrDefault(network => network.Name == wish.Name) is { } standing)
            {
                if (IsAs(standing, wish) || IsUsed(standing)) return standing;
                await DropAsync(standing, cancel).ConfigureAwait(false);
            }
            return await MakeAsync(wish, cancel).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Has no network of this name stand, unless somebody is in it.</summary>
    public async Task EnsureNoneAsync(string name, CancellationToken cancel = default)
    {
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (List().FirstOrDefault(network => network.Name == name) is not { } standing || IsUsed(standing)) return;
            await DropAsync(standing, cancel).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    private bool IsUsed(NetworkRecord network) => sandboxes.Values.Any(sandbox => sandbox.Endpoints.Any(endpoint => endpoint.NetworkId == network.Id));

    /// <summary>Whether a network is what somebody wishes, as far as the wish goes.</summary>
    private static bool IsAs(NetworkRecord network, NetworkRecord wish) =>
        network.Driver == wish.Driver && network.IsInternal == wish.IsInternal && network.HasIpv4 == wish.HasIpv4 && network.HasIpv6 == wish.HasIpv6
        && network.Options.Count == wish.Options.Count && wish.Options.All(option => network.Options.GetValueOrDefault(option.Key) == option.Value)
        && wish.Ipam.All(asked => network.Ipam.Any(config => Fits(config, asked)));

    private static bool Fits(IpamConfig config, IpamConfig asked) =>
        (asked.Subnet is null || config.Subnet.Equals(asked.Subnet)) && Nullable.Equals(config.Range, asked.Range) && (asked.Gateway is null || asked.Gateway.Equals(config.Gateway));
}
