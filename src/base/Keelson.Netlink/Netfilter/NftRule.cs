using System.Net;

namespace Keelson.Netlink.Netfilter;

/// <summary>A rule in the making: conditions that all must be so, and then what is done. It reads as in <c>nft</c>.</summary>
/// <remarks>
/// Addresses and ports lie where a header has them, so the conditions that <c>nft</c> puts before them come by themselves: the family before an address in a table of both, the protocol before a port.
/// <code>new NftRule().InputDevice("eth0").Established().Do(NftVerdict.Accept)      iifname "eth0" ct state established,related accept</code>
/// </remarks>
public sealed class NftRule
{
    private const uint Register = NftExpression.FirstRegister;

    /// <summary>NFPROTO_*, as in <c>meta nfproto</c>.</summary>
    private const byte NFPROTO_IPV4 = 2, NFPROTO_IPV6 = 10;

    private const uint NetworkHeader = 1, TransportHeader = 2;
    private const uint Ipv4Source = 12, Ipv4Destination = 16, Ipv6Source = 8, Ipv6Destination = 24;
    private const uint SourcePort = 0, DestinationPort = 2;
    private const uint StateEstablished = 2, StateRelated = 4, StateInvalid = 1, StatusDestinationNat = 0x20;

    private readonly List<NftExpression> expressions = [];

    /// <summary>For people; at most 127 bytes.</summary>
    public string? Comment { get; init; }

    /// <summary>The steps.</summary>
    public IReadOnlyList<NftExpression> Expressions => expressions;

    /// <summary>The packet came by a device. <c>iifname</c>.</summary>
    /// <param name="name">The device.</param>
    /// <param name="isNot">By another one.</param>
    public NftRule InputDevice(string name, bool isNot = false) => Compare(new MetaExpression(NftMeta.InputName, Register), NftValue.Device(name), isNot);

    /// <summary>The packet leaves by a device. <c>oifname</c>.</summary>
    /// <inheritdoc cref="InputDevice(string, bool)"/>
    public NftRule OutputDevice(string name, bool isNot = false) => Compare(new MetaExpression(NftMeta.OutputName, Register), NftValue.Device(name), isNot);

    /// <summary>The packet came by a device of a set. <c>iifname @SET</c>.</summary>
    /// <param name="set">The set, of <see cref="NftType.Device"/>.</param>
    /// <param name="isNot">By none of them.</param>
    public NftRule InputDeviceIn(string set, bool isNot = false) => Add(new MetaExpression(NftMeta.InputName, Register), new LookupExpression(set, Register, IsIn: !isNot));

    /// <summary>The packet leaves by a device of a set. <c>oifname @SET</c>.</summary>
    /// <inheritdoc cref="InputDeviceIn"/>
    public NftRule OutputDeviceIn(string set, bool isNot = false) => Add(new MetaExpression(NftMeta.OutputName, Register), new LookupExpression(set, Register, IsIn: !isNot));

    /// <summary>What the device that it came by says is done. <c>iifname vmap @MAP</c>.</summary>
    public NftRule InputDeviceVerdict(string map) => Add(new MetaExpression(NftMeta.InputName, Register), new LookupExpression(map, Register, NftExpression.VerdictRegister));

    /// <summary>What the device that it leaves by says is done. <c>oifname vmap @MAP</c>.</summary>
    public NftRule OutputDeviceVerdict(string map) => Add(new MetaExpression(NftMeta.OutputName, Register), new LookupExpression(map, Register, NftExpression.VerdictRegister));

    /// <summary>The packet belongs to a connection that was let through, or to one that such a one has begun. <c>ct state established,related</c>.</summary>
    public NftRule Established() => State(StateEstablished | StateRelated);

    /// <summary>The packet belongs to no connection that there can be. <c>ct state invalid</c>.</summary>
    public NftRule Invalid() => State(StateInvalid);

    /// <summary>The destination of the connection was replaced. <c>ct status dnat</c>.</summary>
    public NftRule DestinationReplaced() => Bits(new ConnectionExpression(NftConnection.Status, Register), StatusDestinationNat);

    /// <summary>The destination is an address of this host. <c>fib daddr type local</c>.</summary>
    public NftRule ToThisHost()
    {
        const uint RTN_LOCAL = 2;
        return Add(new AddressKindExpression(Register), new CompareExpression(Register, true, BitConverter.GetBytes(RTN_LOCAL)));
    }

    /// <summary>It is IPv4, or IPv6. <c>meta nfproto</c>.</summary>
    public NftRule Family(bool isIpv6) => Compare(new MetaExpression(NftMeta.Family, Register), [isIpv6 ? NFPROTO_IPV6 : NFPROTO_IPV4], false);

    /// <summary>The protocol above IP. <c>meta l4proto</c>.</summary>
    public NftRule Protocol(byte protocol, bool isNot = false) => Compare(new MetaExpression(NftMeta.Protocol, Register), [protocol], isNot);

    /// <summary>The source is in a network. <c>ip saddr</c>, <c>ip6 saddr</c>.</summary>
    public NftRule Source(IPNetwork network, bool isNot = false) => Address(network, isSource: true, isNot);

    /// <summary>The destination is in a network. <c>ip daddr</c>, <c>ip6 daddr</c>.</summary>
    public NftRule Destination(IPNetwork network, bool isNot = false) => Address(network, isSource: false, isNot);

    /// <summary>The source is in a set of addresses. <c>ip saddr @SET</c>.</summary>
    public NftRule SourceIn(string set, bool isIpv6, bool isNot = false) => Family(isIpv6).Add(AddressOf(isIpv6, isSource: true, Register), new LookupExpression(set, Register, IsIn: !isNot));

    /// <summary>The destination is in a set of addresses. <c>ip daddr @SET</c>.</summary>
    public NftRule DestinationIn(string set, bool isIpv6, bool isNot = false) => Family(isIpv6).Add(AddressOf(isIpv6, isSource: false, Register), new LookupExpression(set, Register, IsIn: !isNot));

    /// <summary>The source and the device that it leaves by are together in a set. <c>ip saddr . oifname @SET</c>.</summary>
    public NftRule SourceAndOutputDeviceIn(string set, bool isIpv6) => Family(isIpv6).Add(AddressOf(isIpv6, isSource: true, Register),
        new MetaExpression(NftMeta.OutputName, Register + (isIpv6 ? 4u : 1)), new LookupExpression(set, Register));

    /// <summary>Source and destination are together in a set. <c>ip saddr . ip daddr @SET</c>.</summary>
    public NftRule SourceAndDestinationIn(string set, bool isIpv6) => Family(isIpv6).Add(AddressOf(isIpv6, isSource: true, Register), AddressOf(isIpv6, isSource: false, Register + (isIpv6 ? 4u : 1)), new LookupExpression(set, Register));

    /// <summary>What the source says is done. <c>ip saddr vmap @MAP</c>.</summary>
    public NftRule SourceVerdict(string map, bool isIpv6) => Family(isIpv6).Add(AddressOf(isIpv6, isSource: true, Register), new LookupExpression(map, Register, NftExpression.VerdictRegister));

    /// <summary>Destination, protocol and port are together in a set. <c>ip daddr . meta l4proto . th dport @SET</c>.</summary>
    public NftRule DestinationAndPortIn(string set, bool isIpv6) => DestinationAndPort(isIpv6).Add(new LookupExpression(set, Register));

    /// <summary>A port of TCP, UDP or SCTP, whose protocol was asked for before. <c>th dport</c>.</summary>
    public NftRule ToPort(int port) => Compare(new PayloadExpression(TransportHeader, DestinationPort, 2, Register), NftValue.Port(port), false);

    /// <summary>Source port, likewise. <c>th sport</c>.</summary>
    public NftRule FromPort(int port) => Compare(new PayloadExpression(TransportHeader, SourcePort, 2, Register), NftValue.Port(port), false);

    /// <summary>The packet of TCP or UDP has another destination port from here on; no connection is kept account of. <c>tcp dport set</c>, <c>udp dport set</c>.</summary>
    /// <param name="isUdp">Whether it is UDP: its protocol was asked for before.</param>
    /// <param name="port">The port.</param>
    public NftRule SetDestinationPort(bool isUdp, int port) => SetPort(DestinationPort, isUdp, port);

    /// <summary>The same with its source port. <c>tcp sport set</c>, <c>udp sport set</c>.</summary>
    /// <inheritdoc cref="SetDestinationPort"/>
    public NftRule SetSourcePort(bool isUdp, int port) => SetPort(SourcePort, isUdp, port);

    /// <summary>The connection goes where a map says for protocol and port. <c>dnat ip to meta l4proto . th dport map @MAP</c>.</summary>
    /// <param name="map">The map, of address and port.</param>
    /// <param name="isIpv6">Whether of IPv6.</param>
    public NftRule RedirectByPort(string map, bool isIpv6) => Add(new MetaExpression(NftMeta.Protocol, Register),
        new PayloadExpression(TransportHeader, DestinationPort, 2, Register + 1), new LookupExpression(map, Register, Register), Redirection(isIpv6));

    /// <summary>The connection goes where a map says for destination, protocol and port. <c>dnat ip to ip daddr . meta l4proto . th dport map @MAP</c>.</summary>
    /// <inheritdoc cref="RedirectByPort"/>
    public NftRule RedirectByDestination(string map, bool isIpv6) => DestinationAndPort(isIpv6).Add(new LookupExpression(map, Register, Register), Redirection(isIpv6));

    /// <summary>The connection goes to an address and port. <c>dnat</c>.</summary>
    public NftRule RedirectTo(IPEndPoint target) => Nat(target, isDestination: true);

    /// <summary>The connection comes from an address and port. <c>snat</c>.</summary>
    public NftRule ComeFrom(IPEndPoint source) => Nat(source, isDestination: false);

    /// <summary>The connection comes from an address; its port stays where it can.</summary>
    public NftRule ComeFrom(IPAddress source)
    {
        ArgumentNullException.ThrowIfNull(source);
        bool isIpv6 = source.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        return Add(new ValueExpression(Register, NftValue.Address(source)), new NatExpression(false, isIpv6 ? NFPROTO_IPV6 : NFPROTO_IPV4, Register, null));
    }

    /// <summary>The connection comes from the address of the device that it leaves by. <c>masquerade</c>.</summary>
    public NftRule Masquerade() => Add(new MasqueradeExpression());

    /// <summary>Packets and bytes are counted. <c>counter</c>.</summary>
    public NftRule Count() => Add(new CounterExpression());

    /// <summary>The sender is told that nobody is there. <c>reject with icmpx port-unreachable</c>, or of TCP, which was asked for before, <c>reject with tcp reset</c>.</summary>
    public NftRule Reject(bool withReset = false) => Add(new RejectExpression(withReset));

    /// <summary>It is decided.</summary>
    public NftRule Do(NftVerdict verdict) => Add(new VerdictExpression(verdict));

    private NftRule DestinationAndPort(bool isIpv6)
    {
        uint next = Register + (isIpv6 ? 4u : 1);
        return Family(isIpv6).Add(AddressOf(isIpv6, isSource: false, Register), new MetaExpression(NftMeta.Protocol, next), new PayloadExpression(TransportHeader, DestinationPort, 2, next + 1));
    }

    private NftRule Address(IPNetwork network, bool isSource, bool isNot)
    {
        bool isIpv6 = network.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        byte[] address = NftValue.Address(network.BaseAddress);
        Family(isIpv6).Add(AddressOf(isIpv6, isSource, Register));
        if (network.PrefixLength < address.Length * 8) Add(new MaskExpression(Register, Mask(address.Length, network.PrefixLength)));
        return Add(new CompareExpression(Register, !isNot, address));
    }

    private NftRule Nat(IPEndPoint target, bool isDestination)
    {
        bool isIpv6 = target.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        uint port = Register + (isIpv6 ? 4u : 1);
        return Add(new ValueExpression(Register, NftValue.Address(target.Address)), new ValueExpression(port, NftValue.Port(target.Port)), new NatExpression(isDestination, isIpv6 ? NFPROTO_IPV6 : NFPROTO_IPV4, Register, port));
    }

    private NftRule SetPort(uint offset, bool isUdp, int port)
    {
        const uint ChecksumOfUdp = 6, ChecksumOfTcp = 16;
        return Add(new ValueExpression(Register, NftValue.Port(port)), new PayloadWriteExpression(TransportHeader, offset, 2, Register, isUdp ? ChecksumOfUdp : ChecksumOfTcp));
    }

    private static NatExpression Redirection(bool isIpv6) => new(true, isIpv6 ? NFPROTO_IPV6 : NFPROTO_IPV4, Register, Register + (isIpv6 ? 4u : 1));

    private static PayloadExpression AddressOf(bool isIpv6, bool isSource, uint register) =>
        new(NetworkHeader, (isIpv6, isSource) switch { (false, true) => Ipv4Source, (false, false) => Ipv4Destination, (true, true) => Ipv6Source, _ => Ipv6Destination }, isIpv6 ? 16u : 4, register);

    private static byte[] Mask(int bytes, int bits)
    {
        byte[] mask = new byte[bytes];
        for (int i = 0; i < bits; i++) mask[i / 8] |= (byte)(0x80 >> i % 8);
        return mask;
    }

    private NftRule State(uint bits) => Bits(new ConnectionExpression(NftConnection.State, Register), bits);

    private NftRule Bits(NftExpression load, uint bits) => Add(load, new MaskExpression(Register, BitConverter.GetBytes(bits)), new CompareExpression(Register, false, new byte[sizeof(uint)]));

    private NftRule Compare(NftExpression load, byte[] value, bool isNot) => Add(load, new CompareExpression(Register, !isNot, value));

    private NftRule Add(params ReadOnlySpan<NftExpression> steps)
    {
        expressions.AddRange(steps);
        return this;
    }
}
