using System.Net;
using System.Net.Sockets;

namespace Keelson.Distribution;

/// <summary>Decides where a registry may send its clients: not to the machine that they are on, nor to its neighbours on the link, where services trust whoever reaches them.</summary>
internal static class RedirectTrust
{
    /// <summary>Whether a redirect of a registry may lead to a host, as far as its name tells. A registry on the loopback interface may name that interface.</summary>
    public static bool MayFollow(Uri registry, Uri next)
    {
        if (DirectHosts.IsLoopback(next.Authority)) return DirectHosts.IsLoopback(registry.Authority);
        return !IPAddress.TryParse(next.DnsSafeHost, out IPAddress? address) || MayConnect(address);
    }

    /// <summary>Whether the name of a redirect may stand for an address.</summary>
    public static bool MayConnect(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) return false;
        Span<byte> bytes = stackalloc byte[16];
        return address.AddressFamily != AddressFamily.InterNetwork || !address.TryWriteBytes(bytes, out _) || bytes is not [169, 254, ..] and not [0, ..];
    }

    /// <summary>Connects to the host of a redirect. A proxy of the environment is not one.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        DnsEndPoint target = context.DnsEndPoint;
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(target.Host, cancellation).ConfigureAwait(false);
        if (target.Host == context.InitialRequestMessage.RequestUri!.IdnHost) addresses = Array.FindAll(addresses, MayConnect);
        if (addresses.Length == 0) throw new HttpRequestException(HttpRequestError.InvalidResponse, "a redirect to this machine, which is not followed");
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, target.Port, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
