using System.Net;
using System.Net.Sockets;
using Keelson.Network.Ipam;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Ports;

/// <summary>Chooses ports of the host, and holds them: while one is published no program of the host can listen there and wonder why it hears nothing.</summary>
/// <param name="host">Where the ports are.</param>
public sealed class PortAllocator(NetworkPlace host) : IDisposable
{
    /// <summary>Ports that are chosen when nobody says which: dockerd's, and the kernel's own for connections that go out.</summary>
    private const int FirstPort = 32_768, LastPort = 60_999;

    private readonly Lock gate = new();
    private readonly Dictionary<(byte Protocol, IPAddress Address, int Port), Socket?> held = [];

    /// <summary>At how many addresses of a family a port is held.</summary>
    private readonly Dictionary<(byte Protocol, int Port, bool IsIpv6), int> addressesOf = [];

    private int next = FirstPort;

    /// <summary>Takes a port at one or more addresses: the same one at all of them.</summary>
    /// <param name="protocol">6 TCP, 17 UDP, 132 SCTP.</param>
    /// <param name="addresses">The addresses.</param>
    /// <param name="from">The first port that will do; 0: any.</param>
    /// <param name="to">The last port that will do.</param>
    /// <returns>The port.</returns>
    /// <exception cref="KeelsonException">AlreadyExists: none of them is free. InvalidArgument: an address is none of the host's.</exception>
    public int Take(byte protocol, IReadOnlyList<IPAddress> addresses, int from, int to)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        bool isAny = from == 0;
        (int lowest, int highest) = isAny ? (FirstPort, LastPort) : (from, Math.Max(from, to));
        lock (gate)
        {
            int start = isAny ? next : lowest, count = highest - lowest + 1;
            for (int i = 0; i < count; i++)
            {
                int port = lowest + (start - lowest + i) % count;
                if (!TryTake(protocol, addresses, port)) continue;
                if (isAny) next = port == LastPort ? FirstPort : port + 1;
                return port;
            }
        }
        string which = isAny ? "all ports are in use" : lowest == highest ? "port is already allocated" : "all ports of the range are already allocated";
        throw new KeelsonException(ErrorKind.AlreadyExists, $"publish {string.Join(", ", addresses.Select(address => new IPEndPoint(address, lowest)))}{(highest == lowest || isAny ? "" : $"-{highest}")}/{PublishedPort.Name(protocol)}: {which}");
    }

    /// <summary>What is held, in order.</summary>
    internal IReadOnlyList<string> Held
    {
        get
        {
            lock (gate) return [.. held.Keys.Select(key => Text(key.Protocol, key.Address, key.Port)).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>A port as people write it: <c>0.0.0.0:8080/tcp</c>.</summary>
    internal static string Text(byte protocol, IPAddress address, int port) => $"{new IPEndPoint(address, port)}/{PublishedPort.Name(protocol)}";

    /// <summary>Has a port be taken that another process has published, and that no socket holds.</summary>
    internal void Remember(byte protocol, IPAddress address, int port)
    {
        lock (gate)
            if (held.TryAdd((protocol, address, port), null)) Count(protocol, address, port);
    }

    /// <summary>The socket that holds a port; <see langword="null"/>: none does. It stays the allocator's.</summary>
    internal Socket? SocketOf(byte protocol, IPAddress address, int port)
    {
        lock (gate) return held.GetValueOrDefault((protocol, address, port));
    }

    /// <summary>Gives a port back; one that is not taken is left alone.</summary>
    public void Release(byte protocol, IPAddress address, int port)
    {
        lock (gate) Drop(protocol, address, port);
    }

    /// <summary>Gives all back.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            foreach (Socket? socket in held.Values) socket?.Dispose();
            held.Clear();
            addressesOf.Clear();
        }
    }

    private bool TryTake(byte protocol, IReadOnlyList<IPAddress> addresses, int port)
    {
        List<IPAddress> taken = [];
        foreach (IPAddress address in addresses)
        {
            if (!held.ContainsKey((protocol, address, port)) && !Clashes(protocol, address, port) && TryHold(protocol, address, port, out Socket? socket))
            {
                held.Add((protocol, address, port), socket);
                Count(protocol, address, port);
                taken.Add(address);
                continue;
            }
            foreach (IPAddress other in taken) Drop(protocol, other, port);
            return false;
        }
        return true;
    }

    /// <summary>Whether a port is published at all addresses of a family, or at one of those that are asked for.</summary>
    private bool Clashes(byte protocol, IPAddress address, int port)
    {
        bool isAll = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        IPAddress all = address.IsIpv6 ? IPAddress.IPv6Any : IPAddress.Any;
        return isAll ? addressesOf.ContainsKey((protocol, port, address.IsIpv6)) : held.ContainsKey((protocol, all, port));
    }

    private void Count(byte protocol, IPAddress address, int port) => addressesOf[(protocol, port, address.IsIpv6)] = addressesOf.GetValueOrDefault((protocol, port, address.IsIpv6)) + 1;

    private void Drop(byte protocol, IPAddress address, int port)
    {
        if (!held.Remove((protocol, address, port), out Socket? socket)) return;
        socket?.Dispose();
        (byte, int, bool) key = (protocol, port, address.IsIpv6);
        if (addressesOf[key] == 1) addressesOf.Remove(key);
        else addressesOf[key]--;
    }

    /// <summary>Binds a socket. SCTP has none here, and its ports are held in this table alone.</summary>
    private bool TryHold(byte protocol, IPAddress address, int port, out Socket? socket)
    {
        socket = null;
        if (protocol == PublishedPort.Sctp) return true;
        Socket made = host.Run(() => new Socket(address.AddressFamily, protocol == PublishedPort.Udp ? SocketType.Dgram : SocketType.Stream, protocol == PublishedPort.Udp ? ProtocolType.Udp : ProtocolType.Tcp));
        try
        {
            if (address.IsIpv6) made.DualMode = false;
            made.ExclusiveAddressUse = true;
            made.Bind(new IPEndPoint(address, port));
            if (made.SocketType == SocketType.Stream) HeldSocket.Hold(made);
            socket = made;
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            made.Dispose();
            return false;
        }
        catch (SocketException e)
        {
            made.Dispose();
            throw new KeelsonException(ErrorKind.InvalidArgument, $"publish {Text(protocol, address, port)}", e);
        }
    }
}
