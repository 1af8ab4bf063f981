using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Keelson.Netlink;

/// <summary>Writes one message into memory of the caller, most often on the stack, or into memory that grows with it.</summary>
/// <remarks>
/// <code>
///   0        16                        all fields in the byte order of the machine
///   ├ header ┼ fixed part of the type ┼ attribute ┼ attribute ┤
///                                     ├ length 2 │ type 2 │ value │ zeroes up to a multiple of 4 ┤
/// </code>
/// netlink(7), rtnetlink(7).
/// </remarks>
public unsafe ref struct MessageWriter
{
    /// <summary>NLA_F_NESTED: the attribute holds attributes.</summary>
    private const ushort Nested = 0x8000;

    private readonly bool grows;
    private Span<byte> buffer;
    private int used;

    /// <summary>Begins a message.</summary>
    /// <param name="buffer">Where it goes; 512 bytes hold what this library sends. Longer messages throw.</param>
    /// <param name="type">Its type, for example RTM_NEWLINK.</param>
    /// <param name="flags">Flags besides NLM_F_REQUEST; the socket adds NLM_F_ACK and NLM_F_DUMP.</param>
    public MessageWriter(Span<byte> buffer, ushort type, NetlinkFlags flags = NetlinkFlags.None)
    {
        this.buffer = buffer;
        Append(new NetlinkHeader { Type = type, Flags = flags | NetlinkFlags.NLM_F_REQUEST });
    }

    /// <summary>Begins a message of any length.</summary>
    /// <param name="type">Its type, for example NFT_MSG_NEWRULE.</param>
    /// <param name="flags">Flags besides NLM_F_REQUEST.</param>
    public MessageWriter(ushort type, NetlinkFlags flags = NetlinkFlags.None) : this(new byte[256], type, flags) => grows = true;

    /// <summary>The message so far; its header has the length.</summary>
    public readonly Span<byte> Message
    {
        get
        {
            MemoryMarshal.AsRef<NetlinkHeader>(buffer).Length = (uint)used;
            return buffer[..used];
        }
    }

    /// <summary>Appends the fixed part that messages of the type have before their attributes.</summary>
    public void Append<T>(in T part) where T : unmanaged => MemoryMarshal.Write(Take(sizeof(T)), in part);

    /// <summary>Appends an attribute of bytes.</summary>
    public void Attribute(ushort type, ReadOnlySpan<byte> value) => value.CopyTo(Begin(type, value.Length));

    /// <summary>Appends an attribute that is one number or structure.</summary>
    public void Attribute<T>(ushort type, in T value) where T : unmanaged => MemoryMarshal.Write(Begin(type, sizeof(T)), in value);

    /// <summary>Appends an attribute that is a number with its highest byte first, as netfilter has them.</summary>
    public void BigEndian(ushort type, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Begin(type, sizeof(uint)), value);

    /// <inheritdoc cref="BigEndian(ushort, uint)"/>
    public void BigEndian(ushort type, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Begin(type, sizeof(ulong)), value);

    /// <inheritdoc cref="BigEndian(ushort, uint)"/>
    public void BigEndian(ushort type, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Begin(type, sizeof(ushort)), value);

    /// <summary>Appends an attribute that is a text; the kernel wants the zero byte at its end.</summary>
    public void Attribute(ushort type, string value)
    {
        Span<byte> place = Begin(type, Encoding.UTF8.GetByteCount(value) + 1);
        Encoding.UTF8.GetBytes(value, place);
    }

    /// <summary>Begins an attribute that holds attributes.</summary>
    /// <returns>To be given to <see cref="EndNest"/>.</returns>
    public int BeginNest(ushort type)
    {
        int start = used;
        Begin((ushort)(type | Nested), 0);
        return start;
    }

    /// <summary>Ends an attribute that holds attributes.</summary>
    public readonly void EndNest(int start) => MemoryMarshal.AsRef<AttributeHeader>(buffer[start..]).Length = checked((ushort)(used - start));

    private Span<byte> Begin(ushort type, int length)
    {
        int whole = sizeof(AttributeHeader) + length;
        Span<byte> place = Take(whole);
        MemoryMarshal.Write(place, new AttributeHeader { Length = checked((ushort)whole), Type = type });
        return place.Slice(sizeof(AttributeHeader), length);
    }

    private Span<byte> Take(int length)
    {
        int padded = Align(length);
        if (padded > buffer.Length - used && grows) Grow(padded);
        if (padded > buffer.Length - used) throw new KeelsonException(ErrorKind.InvalidArgument, $"write netlink message: it is longer than {buffer.Length} bytes");
        Span<byte> place = buffer.Slice(used, padded);
        place.Clear();
        used += padded;
        return place;
    }

    private void Grow(int more)
    {
        byte[] larger = new byte[Math.Max(buffer.Length * 2, used + more)];
        buffer[..used].CopyTo(larger);
        buffer = larger;
    }

    /// <summary>The next multiple of 4: NLMSG_ALIGN, NLA_ALIGN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Align(int length) => (length + 3) & ~3;
}
