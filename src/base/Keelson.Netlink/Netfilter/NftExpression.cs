namespace Keelson.Netlink.Netfilter;

/// <summary>One step of a rule: it loads into a register, compares, or does something. Steps of the kernel's machine, one to one; <see cref="NftRule"/> puts them together as <c>nft</c> would.</summary>
/// <param name="Name">What the kernel calls it.</param>
public abstract record NftExpression(string Name)
{
    /// <summary>The first of sixteen registers of four bytes.</summary>
    internal const uint FirstRegister = 8;

    /// <summary>The register of verdicts.</summary>
    internal const uint VerdictRegister = 0;

    private protected const ushort NFTA_DATA_VALUE = 1;

    /// <summary>Writes its attributes.</summary>
    internal abstract void Write(ref MessageWriter message);

    /// <summary>Writes a value where one goes.</summary>
    private protected static void WriteValue(ref MessageWriter message, ushort type, ReadOnlySpan<byte> value)
    {
        int nest = message.BeginNest(type);
        message.Attribute(NFTA_DATA_VALUE, value);
        message.EndNest(nest);
    }
}

/// <summary>Loads something about the packet that is not in it. <c>meta</c>.</summary>
/// <param name="Key">NFT_META_*.</param>
/// <param name="Register">Where it goes.</param>
internal sealed record MetaExpression(NftMeta Key, uint Register) : NftExpression("meta")
{
    internal override void Write(ref MessageWriter message)
    {
        const ushort NFTA_META_DREG = 1, NFTA_META_KEY = 2;
        message.BigEndian(NFTA_META_KEY, (uint)Key);
        message.BigEndian(NFTA_META_DREG, Register);
    }
}

/// <summary>Loads bytes of the packet. <c>payload</c>.</summary>
/// <param name="Base">NFT_PAYLOAD_*: 0 link layer, 1 network, 2 transport.</param>
/// <param name="Offset">From there, in bytes.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Register">Where they go.</param>
internal sealed record PayloadExpression(uint Base, uint Offset, uint Length, uint Register) : NftExpression("payload")
{
    internal override void Write(ref MessageWriter message)
    {
        const ushort NFTA_PAYLOAD_DREG = 1, NFTA_PAYLOAD_BASE = 2, NFTA_PAYLOAD_OFFSET = 3, NFTA_PAYLOAD_LEN = 4;
        message.BigEndian(NFTA_PAYLOAD_DREG, Register);
        message.BigEndian(NFTA_PAYLOAD_BASE, Base);
        message.BigEndian(NFTA_PAYLOAD_OFFSET, Offset);
        message.BigEndian(NFTA_PAYLOAD_LEN, Length);
    }
}

/// <summary>Writes bytes of a packet's transport header, and puts its checksum right. <c>payload set</c>.</summary>
/// <param name="Base">Where the offset counts from: NFT_PAYLOAD_*.</param>
/// <param name="Offset">From there, in bytes.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Register">Where they come from.</param>
/// <param name="ChecksumOffset">Where the checksum is, in bytes.</param>
internal sealed record PayloadWriteExpression(uint Base, uint Offset, uint Length, uint Register, uint ChecksumOffset) : NftExpression("payload")
{
    internal override void Write(ref MessageWriter message)
    {
        const ushort NFTA_PAYLOAD_BASE = 2, NFTA_PAYLOAD_OFFSET = 3, NFTA_PAYLOAD_LEN = 4, NFTA_PAYLOAD_SREG = 5, NFTA_PAYLOAD_CSUM_TYPE = 6, NFTA_PAYLOAD_CSUM_OFFSET = 7;
        const uint NFT_PAYLOAD_CSUM_INET = 1;
        message.BigEndian(NFTA_PAYLOAD_SREG, Register);
        message.BigEndian(NFTA_PAYLOAD_BASE, Base);
        message.BigEndian(NFTA_PAYLOAD_OFFSET, Offset);
        message.BigEndian(NFTA_PAYLOAD_LEN, Length);
        message.BigEndian(NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
        message.BigEndian(NFTA_PAYLOAD_CSUM_OFFSET, ChecksumOffset);
    }
}

/// <summary>Loads something about the packet's connection. <c>ct</c>.</summary>
/// <param name="Key">NFT_CT_*.</param>
/// <param name="Register">Where it goes.</param>
internal sealed record ConnectionExpression(NftConnection Key, uint Register) : NftExpression("ct")
{
    internal override void Write(ref MessageWriter message)
    {
        const ushort NFTA_CT_DREG = 1, NFTA_CT_KEY = 2;
        message.BigEndian(NFTA_CT_KEY, (uint)Key);
        message.BigEndian(NFTA_CT_DREG, Register);
    }
}

/// <summary>Loads what kind of address the destination is to this host. <c>fib daddr type</c>.</summary>
/// <param name="Register">Where it goes: RTN_*, in the machine's byte order.</param>
internal sealed record AddressKindExpression(uint Register) : NftExpression("fib")
{
    internal override void Write(ref MessageWriter message)
    {
        const ushort NFTA_FIB_DREG = 1, NFTA_FIB_RESULT = 2, NFTA_FIB_FLAGS = 3;
        const uint NFT_FIB_RESULT_ADDRTYPE = 3, NFTA_FIB_F_DADDR = 2;
        message.BigEndian(NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
        message.BigEndian(NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
        message.BigEndian(NFTA_FIB_DREG, Register);
    }
}

/// <summary>Goes on when a register is, or is not, a value. <c>cmp</c>.</summary>
/// <param name="Register">Which.</param>
/// <param name="IsEqual">Whether it is to be so.</param>
/// <param name="Value">The value.</param>
internal sealed record CompareExpression(uint Register, bool IsEqual, byte[] Value) : NftExpression("cmp")
{
    internal override void Write(ref MessageWriter message)
    {
        const ushort NFTA_CMP_SREG = 1, NFTA_CMP_OP = 2, NFTA_CMP_DATA = 3;
        message.BigEndian(NFTA_CMP_SREG, Register);
        message.BigEndian(NFTA_CMP_OP, IsEqual ? 0u : 1u);
        WriteValue(ref message, NFTA_CMP_DATA, Value);
    }
}

/// <summary>Keeps some bits of a register. <c>bitwise</c>.</summary>
/// <param name="Register">Which.</param>
/// <param name="Mask">The bits.</param>
internal sealed record MaskExpression(uint Register, byte[] Mask) : NftExpression("bitwise")
{
    internal override void Write(ref MessageWriter message)
    {
        const ushort NFTA_BITWISE_SREG = 1, NFTA_BITWISE_DREG = 2, NFTA_BITWISE_LEN = 3, NFTA_BITWISE_MASK = 4, NFTA_BITWISE_XOR = 5;
        message.BigEndian(NFTA_BITWISE_SREG, Register);
        message.BigEndian(NFTA_BITWISE_DREG, Register);
        message.BigEndian(NFTA_BITWISE_LEN, (uint)Mask.Length);
        WriteValue(ref message, NFTA_BITWISE_MASK, Mask);
        WriteValue(ref message, NFTA_BITWISE_XOR, new byte[Mask.Length]);
    }
}

/// <summary>Goes on when a register is, or is not, in a set; or loads its value from a map. <c>lookup</c>.</summary>
/// <param name="Set">Name of the set.</param>
/// <param name="Register">Where the key is.</param>
/// <param name="ValueRegister">Where the value goes; <see langword="null"/>: there is none.</param>
/// <param name="IsIn">Whether it is to be there.</param>
internal sealed record LookupExpression(string Set, uint Register, uint? ValueRegister = null, bool IsIn = true) : NftExpression("lookup")
{
    internal override void Write(ref MessageWriter message)
    {
        const ushort NFTA_LOOKUP_SET = 1, NFTA_LOOKUP_SREG = 2, NFTA_LOOKUP_DREG = 3, NFTA_LOOKUP_FLAGS = 5;
        message.Attribute(NFTA_LOOKUP_SET, Set);
        message.BigEndian(NFTA_LOOKUP_SREG, Register);
        if (ValueRegister is { } value) message.BigEndian(NFTA_LOOKUP_DREG, value);
        if (!IsIn) message.BigEndian(NFTA_LOOKUP_FLAGS, 1u);
    }
}

/// <summary>Loads a value. <c>immediate</c>.</summary>
/// <param name="Register">Where it goes.</param>
/// <param name="Value">The value.</param>
internal sealed record ValueExpression(uint Register, byte[] Value) : NftExpression("immediate")
{
    internal const ushort NFTA_IMMEDIATE_DREG = 1, NFTA_IMMEDIATE_DATA = 2;

    internal override void Write(ref MessageWriter message)
    {
        message.BigEndian(NFTA_IMMEDIATE_DREG, Register);
        WriteValue(ref message, NFTA_IMMEDIATE_DATA, Value);
    }
}

/// <summary>Decides. <c>immediate</c>.</summary>
internal sealed record VerdictExpression(NftVerdict Verdict) : NftExpression("immediate")
{
    internal override void Write(ref MessageWriter message)
    {
        message.BigEndian(ValueExpression.NFTA_IMMEDIATE_DREG, VerdictRegister);
        int nest = message.BeginNest(ValueExpression.NFTA_IMMEDIATE_DATA);
        Verdict.Write(ref message);
        message.EndNest(nest);
    }
}

/// <summary>Replaces source or destination of a connection. <c>nat</c>.</summary>
/// <param name="IsDestination">Which.</param>
/// <param name="Family">NFPROTO_IPV4 2 or NFPROTO_IPV6 10.</param>
/// <param name="AddressRegister">Where the address is.</param>
/// <param name="PortRegister">Where the port is; <see langword="null"/>: it stays.</param>
internal sealed record NatExpression(bool IsDestination, byte Family, uint AddressRegister, uint? PortRegister) : NftExpression("nat")
{
    internal override void Write(ref MessageWriter message)
    {
        const ushort NFTA_NAT_TYPE = 1, NFTA_NAT_FAMILY = 2, NFTA_NAT_REG_ADDR_MIN = 3, NFTA_NAT_REG_PROTO_MIN = 5;
        message.BigEndian(NFTA_NAT_TYPE, IsDestination ? 1u : 0u);
        message.BigEndian(NFTA_NAT_FAMILY, (uint)Family);
        message.BigEndian(NFTA_NAT_REG_ADDR_MIN, AddressRegister);
        if (PortRegister is { } port) message.BigEndian(NFTA_NAT_REG_PROTO_MIN, port);
    }
}

/// <summary>Gives a connection the address of the device that it leaves by. <c>masq</c>.</summary>
internal sealed record MasqueradeExpression() : NftExpression("masq")
{
    internal override void Write(ref MessageWriter message)
    {
    }
}

/// <summary>Refuses a packet: TCP with a reset, others with an ICMP error. <c>reject</c>.</summary>
/// <param name="IsReset">Which of both.</param>
internal sealed record RejectExpression(bool IsReset) : NftExpression("reject")
{
    internal override void Write(ref MessageWriter message)
    {
        const ushort NFTA_REJECT_TYPE = 1, NFTA_REJECT_ICMP_CODE = 2;
        const uint NFT_REJECT_TCP_RST = 1, NFT_REJECT_ICMPX_UNREACH = 2;
        const byte NFT_REJECT_ICMPX_PORT_UNREACH = 1;
        message.BigEndian(NFTA_REJECT_TYPE, IsReset ? NFT_REJECT_TCP_RST : NFT_REJECT_ICMPX_UNREACH);
        if (!IsReset) message.Attribute(NFTA_REJECT_ICMP_CODE, NFT_REJECT_ICMPX_PORT_UNREACH);
    }
}

/// <summary>Counts packets and bytes. <c>counter</c>.</summary>
internal sealed record CounterExpression() : NftExpression("counter")
{
    internal override void Write(ref MessageWriter message)
    {
    }
}
