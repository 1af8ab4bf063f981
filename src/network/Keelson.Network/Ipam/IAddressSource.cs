using System.Net;

namespace Keelson.Network.Ipam;

/// <summary>The addresses of one network of one family: chosen here, or by a plug-in.</summary>
internal interface IAddressSource
{
    /// <summary>The network.</summary>
    IPNetwork Network { get; }

    /// <summary>Takes an address.</summary>
    /// <param name="wanted">Which; <see langword="null"/>: the next one.</param>
    /// <param name="hardwareAddress">Whose it will be, 12 hexadecimal digits; <see langword="null"/>: that is not known yet.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">It cannot be had.</exception>
    ValueTask<IPAddress> TakeAsync(IPAddress? wanted, string? hardwareAddress, CancellationToken cancel);

    /// <summary>Gives an address back; one that is not taken is no error.</summary>
    /// <exception cref="KeelsonException">Unavailable: whoever chose it cannot be told.</exception>
    ValueTask ReleaseAsync(IPAddress address);
}

/// <summary>Addresses that are chosen here.</summary>
internal sealed class LocalAddresses(AddressPool pool) : IAddressSource
{
    public IPNetwork Network => pool.Network;

    public ValueTask<IPAddress> TakeAsync(IPAddress? wanted, string? hardwareAddress, CancellationToken cancel)
    {
        if (wanted is null) return new(pool.Take());
        pool.Take(wanted);
        return new(wanted);
    }

    public ValueTask ReleaseAsync(IPAddress address)
    {
        pool.Release(address);
        return ValueTask.CompletedTask;
    }

    /// <summary>Holds an address that somebody has already.</summary>
    public void Hold(IPAddress address)
    {
        if (!pool.IsTaken(address)) pool.Take(address);
    }
}
