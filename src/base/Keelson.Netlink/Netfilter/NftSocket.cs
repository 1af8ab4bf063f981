using System.Buffers.Binary;
using Keelson.Linux;

namespace Keelson.Netlink.Netfilter;

/// <summary>Packet filters of one network namespace. nf_tables over nfnetlink.</summary>
/// <remarks>Needs CAP_NET_ADMIN in the user namespace that owns the network namespace.</remarks>
public sealed class NftSocket : IDisposable
{
    internal const int NFNL_SUBSYS_NFTABLES = 10;
    private const ushort NFNL_MSG_BATCH_BEGIN = 16, NFNL_MSG_BATCH_END = 17;
    private const ushort NFTA_TABLE_NAME = 1, NFTA_CHAIN_TABLE = 1, NFTA_CHAIN_NAME = 3, NFTA_SET_TABLE = 1, NFTA_SET_NAME = 2;
    private const ushort NFTA_SET_ELEM_LIST_TABLE = 1, NFTA_SET_ELEM_LIST_SET = 2, NFTA_SET_ELEM_LIST_ELEMENTS = 3, NFTA_LIST_ELEM = 1;
    private const ushort NFTA_SET_ELEM_KEY = 1, NFTA_SET_ELEM_DATA = 2, NFTA_SET_ELEM_FLAGS = 3, NFTA_DATA_VALUE = 1;
    private const uint NFT_SET_ELEM_INTERVAL_END = 1;

    private readonly NetlinkSocket socket;

    private NftSocket(NetlinkSocket socket) => this.socket = socket;

    /// <summary>Opens a socket.</summary>
    /// <param name="networkNamespace">A file of the network namespace to speak about; <see langword="null"/>: the calling thread's.</param>
    /// <inheritdoc cref="NetlinkSocket.Open"/>
    public static NftSocket Open(FdHandle? networkNamespace = null) => new(NetlinkSocket.Open(NetlinkSocket.NETLINK_NETFILTER, networkNamespace));

    /// <summary>The socket's number in its network namespace, by which changes are told; 0 until the first one.</summary>
    public uint Port => socket.Port;

    /// <summary>Closes the socket.</summary>
    public void Dispose() => socket.Dispose();

    /// <summary>Makes a change, whole or not at all.</summary>
    /// <exception cref="LinuxException">What was asked for first of that which the kernel refused. ENOENT: there is no such table, chain, set or element. EEXIST: an element is there with another value. EBUSY: it is in use.</exception>
    public void Commit(NftBatch change)
    {
        ArgumentNullException.ThrowIfNull(change);
        MessageWriter begin = new(stackalloc byte[32], NFNL_MSG_BATCH_BEGIN), end = new(stackalloc byte[32], NFNL_MSG_BATCH_END);
        NetfilterHeader header = new() { Resource = BinaryPrimitives.ReverseEndianness((ushort)NFNL_SUBSYS_NFTABLES) };
        begin.Append(header);
        end.Append(header);
        socket.Commit(ref begin, change.Requests, ref end);
    }

    /// <summary>The names of all tables.</summary>
    public List<NftTable> ListTables()
    {
        MessageWriter request = Question(NftMessage.GetTable, 0);
        return socket.List(ref request, payload =>
        {
            AttributeReader attributes = AttributeReader.After(payload, out NetfilterHeader header);
            while (attributes.Read())
                if (attributes.Type == NFTA_TABLE_NAME) return new NftTable((NftFamily)header.Family, attributes.Text);
            return null;
        }, "tables");
    }

    /// <summary>The names of the chains of a table.</summary>
    public List<string> ListChains(NftTable table) => ListNames(table, NftMessage.GetChain, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, "chains");

    /// <summary>The names of the sets and maps of a table.</summary>
    public List<string> ListSets(NftTable table) => ListNames(table, NftMessage.GetSet, NFTA_SET_TABLE, NFTA_SET_NAME, "sets");

    /// <summary>The elements of a set or map. Of verdicts only the keys are read; ends of ranges are left out.</summary>
    /// <exception cref="LinuxException">ENOENT: there is no such table or set.</exception>
    public List<NftElement> ListElements(NftTable table, string set)
    {
        ArgumentNullException.ThrowIfNull(table);
        MessageWriter request = Question(NftMessage.GetElement, (byte)table.Family);
        request.Attribute(NFTA_SET_ELEM_LIST_TABLE, table.Name);
        request.Attribute(NFTA_SET_ELEM_LIST_SET, set);
        List<NftElement> found = [];
        // A message has many of them.
        socket.List<object>(ref request, payload =>
        {
            AttributeReader attributes = AttributeReader.After(payload, out NetfilterHeader _);
            while (attributes.Read())
                if (attributes.Type == NFTA_SET_ELEM_LIST_ELEMENTS) ReadElements(attributes.Value, found);
            return null;
        }, $"elements of {table} {set}");
        return found;
    }

    private List<string> ListNames(NftTable table, NftMessage kind, int tableType, int nameType, string what)
    {
        ArgumentNullException.ThrowIfNull(table);
        MessageWriter request = Question(kind, (byte)table.Family);
        request.Attribute((ushort)tableType, table.Name);
        return socket.List(ref request, payload =>
        {
            (string? of, string? name) = (null, null);
            AttributeReader attributes = AttributeReader.After(payload, out NetfilterHeader _);
            while (attributes.Read())
            {
                if (attributes.Type == tableType) of = attributes.Text;
                else if (attributes.Type == nameType) name = attributes.Text;
            }
            // Older kernels list those of all tables.
            return of == table.Name ? name : null;
        }, $"{what} of {table}");
    }

    private static void ReadElements(ReadOnlySpan<byte> list, List<NftElement> found)
    {
        AttributeReader elements = new(list);
        while (elements.Read())
        {
            if (elements.Type != NFTA_LIST_ELEM) continue;
            (byte[]? key, byte[] value, uint flags) = (null, [], 0);
            AttributeReader parts = new(elements.Value);
            while (parts.Read())
            {
                switch (parts.Type)
                {
                    case NFTA_SET_ELEM_KEY: key = ValueIn(parts.Value); break;
                    case NFTA_SET_ELEM_DATA: value = ValueIn(parts.Value) ?? []; break;
                    case NFTA_SET_ELEM_FLAGS: flags = BinaryPrimitives.ReverseEndianness(parts.As<uint>()); break;
                }
            }
            if (key is not null && (flags & NFT_SET_ELEM_INTERVAL_END) == 0) found.Add(new(key) { Value = value });
        }
    }

    private static byte[]? ValueIn(ReadOnlySpan<byte> data)
    {
        AttributeReader parts = new(data);
        while (parts.Read())
            if (parts.Type == NFTA_DATA_VALUE) return parts.Value.ToArray();
        return null;
    }

    private static MessageWriter Question(NftMessage kind, byte family)
    {
        MessageWriter request = new((ushort)(NFNL_SUBSYS_NFTABLES << 8 | (int)kind));
        request.Append(new NetfilterHeader { Family = family });
        return request;
    }
}
