using System.Runtime.InteropServices;
using System.Text;

namespace Keelson.Netlink.Netfilter;

/// <summary>A change of tables, chains, sets and rules that the kernel makes whole or not at all: no packet sees half of it. nf_tables.</summary>
/// <remarks>
/// Making what is there already is no error, and changes nothing of it. To replace a table whatever it holds: <see cref="Add(NftTable)"/>, <see cref="Remove(NftTable)"/>, <see cref="Add(NftTable)"/>.
/// </remarks>
public sealed class NftBatch
{
    private const ushort NFTA_TABLE_NAME = 1, NFTA_TABLE_FLAGS = 2;
    private const ushort NFTA_CHAIN_TABLE = 1, NFTA_CHAIN_NAME = 3, NFTA_CHAIN_HOOK = 4, NFTA_CHAIN_POLICY = 5, NFTA_CHAIN_TYPE = 7, NFTA_HOOK_HOOKNUM = 1, NFTA_HOOK_PRIORITY = 2;
    private const ushort NFTA_RULE_TABLE = 1, NFTA_RULE_CHAIN = 2, NFTA_RULE_EXPRESSIONS = 4, NFTA_RULE_USERDATA = 7, NFTA_LIST_ELEM = 1, NFTA_EXPR_NAME = 1, NFTA_EXPR_DATA = 2;
    private const ushort NFTA_SET_TABLE = 1, NFTA_SET_NAME = 2, NFTA_SET_FLAGS = 3, NFTA_SET_KEY_TYPE = 4, NFTA_SET_KEY_LEN = 5, NFTA_SET_DATA_TYPE = 6, NFTA_SET_DATA_LEN = 7, NFTA_SET_ID = 10, NFTA_SET_USERDATA = 13;
    private const ushort NFTA_SET_ELEM_LIST_TABLE = 1, NFTA_SET_ELEM_LIST_SET = 2, NFTA_SET_ELEM_LIST_ELEMENTS = 3;
    private const ushort NFTA_SET_ELEM_KEY = 1, NFTA_SET_ELEM_DATA = 2, NFTA_SET_ELEM_FLAGS = 3, NFTA_SET_ELEM_USERDATA = 6, NFTA_DATA_VALUE = 1;
    private const uint NFT_SET_INTERVAL = 4, NFT_SET_MAP = 8, NFT_SET_ELEM_INTERVAL_END = 1;

    /// <summary>Longest comment: its length is one byte, a zero byte counted.</summary>
    private const int CommentBytes = 127;

    /// <summary>What <c>nft</c> keeps to know that the first byte of a key is the first of a name: kind 0, four bytes, 1.</summary>
    private static ReadOnlySpan<byte> MachineByteOrder => [0, 4, 1, 0, 0, 0];

    /// <summary>Bytes of elements in one message: the length of an attribute has 16 bits.</summary>
    private const int ElementBytes = 60_000;

    private readonly NetlinkBatch requests = new();
    private uint sets;

    /// <summary>How many requests there are.</summary>
    public int Count => requests.Count;

    internal NetlinkBatch Requests => requests;

    /// <summary>Makes a table.</summary>
    public NftBatch Add(NftTable table)
    {
        MessageWriter message = Begin(table, NftMessage.NewTable, NetlinkFlags.NLM_F_CREATE);
        message.Attribute(NFTA_TABLE_NAME, table.Name);
        message.BigEndian(NFTA_TABLE_FLAGS, 0u);
        return End(ref message, "add table", table.ToString());
    }

    /// <summary>Removes a table with all in it.</summary>
    public NftBatch Remove(NftTable table)
    {
        MessageWriter message = Begin(table, NftMessage.DeleteTable);
        message.Attribute(NFTA_TABLE_NAME, table.Name);
        return End(ref message, "remove table", table.ToString());
    }

    /// <summary>Makes a chain.</summary>
    public NftBatch Add(NftTable table, NftChain chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        MessageWriter message = Begin(table, NftMessage.NewChain, NetlinkFlags.NLM_F_CREATE);
        message.Attribute(NFTA_CHAIN_TABLE, table.Name);
        message.Attribute(NFTA_CHAIN_NAME, chain.Name);
        if (chain.Hook is { } hook)
        {
            int nest = message.BeginNest(NFTA_CHAIN_HOOK);
            message.BigEndian(NFTA_HOOK_HOOKNUM, (uint)hook);
            message.BigEndian(NFTA_HOOK_PRIORITY, unchecked((uint)chain.Priority));
            message.EndNest(nest);
            message.BigEndian(NFTA_CHAIN_POLICY, chain.Drops ? 0u : 1u);
            message.Attribute(NFTA_CHAIN_TYPE, chain.Type);
        }
        return End(ref message, "add chain", $"{table} {chain.Name}");
    }

    /// <summary>Removes a chain to which nothing jumps any more, with its rules.</summary>
    public NftBatch RemoveChain(NftTable table, string chain)
    {
        Flush(table, chain);
        MessageWriter message = Begin(table, NftMessage.DeleteChain);
        message.Attribute(NFTA_CHAIN_TABLE, table.Name);
        message.Attribute(NFTA_CHAIN_NAME, chain);
        return End(ref message, "remove chain", $"{table} {chain}");
    }

    /// <summary>Removes the rules of a chain.</summary>
    public NftBatch Flush(NftTable table, string chain)
    {
        MessageWriter message = Begin(table, NftMessage.DeleteRule);
        message.Attribute(NFTA_RULE_TABLE, table.Name);
        message.Attribute(NFTA_RULE_CHAIN, chain);
        return End(ref message, "flush chain", $"{table} {chain}");
    }

    /// <summary>Appends a rule to a chain.</summary>
    public NftBatch Add(NftTable table, string chain, NftRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        MessageWriter message = Begin(table, NftMessage.NewRule, NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_APPEND);
        message.Attribute(NFTA_RULE_TABLE, table.Name);
        message.Attribute(NFTA_RULE_CHAIN, chain);
        int list = message.BeginNest(NFTA_RULE_EXPRESSIONS);
        foreach (NftExpression expression in rule.Expressions)
        {
            int element = message.BeginNest(NFTA_LIST_ELEM);
            message.Attribute(NFTA_EXPR_NAME, expression.Name);
            int data = message.BeginNest(NFTA_EXPR_DATA);
            expression.Write(ref message);
            message.EndNest(data);
            message.EndNest(element);
        }
        message.EndNest(list);
        if (rule.Comment is { } comment) message.Attribute(NFTA_RULE_USERDATA, UserData(comment));
        return End(ref message, "add rule to", $"{table} {chain}");
    }

    /// <summary>Makes a set or map.</summary>
    public NftBatch Add(NftTable table, NftSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        MessageWriter message = Begin(table, NftMessage.NewSet, NetlinkFlags.NLM_F_CREATE);
        message.Attribute(NFTA_SET_TABLE, table.Name);
        message.Attribute(NFTA_SET_NAME, set.Name);
        message.BigEndian(NFTA_SET_FLAGS, (set.HasRanges ? NFT_SET_INTERVAL : 0) | (set.Value is null ? 0 : NFT_SET_MAP));
        message.BigEndian(NFTA_SET_KEY_TYPE, set.Key.Number);
        message.BigEndian(NFTA_SET_KEY_LEN, (uint)set.Key.Bytes);
        if (set.Value is { } value)
        {
            message.BigEndian(NFTA_SET_DATA_TYPE, value.Number);
            if (value != NftType.Verdict) message.BigEndian(NFTA_SET_DATA_LEN, (uint)value.Bytes);
        }
        message.BigEndian(NFTA_SET_ID, ++sets);
        if (set.Key == NftType.Device) message.Attribute(NFTA_SET_USERDATA, MachineByteOrder);
        return End(ref message, set.Value is null ? "add set" : "add map", $"{table} {set.Name}");
    }

    /// <summary>Removes a set that no rule uses any more, with its elements.</summary>
    public NftBatch RemoveSet(NftTable table, string set)
    {
        MessageWriter message = Begin(table, NftMessage.DeleteSet);
        message.Attribute(NFTA_SET_TABLE, table.Name);
        message.Attribute(NFTA_SET_NAME, set);
        return End(ref message, "remove set", $"{table} {set}");
    }

    /// <summary>Adds elements to a set. One that is there with the same value is no error.</summary>
    public NftBatch Add(NftTable table, string set, params IReadOnlyList<NftElement> elements) => Change(table, set, elements, NftMessage.NewElement, NetlinkFlags.NLM_F_CREATE, "add elements to");

    /// <summary>Removes elements from a set. One that is not there fails.</summary>
    public NftBatch Remove(NftTable table, string set, params IReadOnlyList<NftElement> elements) => Change(table, set, elements, NftMessage.DeleteElement, NetlinkFlags.None, "remove elements from");

    private NftBatch Change(NftTable table, string set, IReadOnlyList<NftElement> elements, NftMessage kind, NetlinkFlags flags, string operation)
    {
        for (int next = 0; next < elements.Count;)
        {
            MessageWriter message = Begin(table, kind, flags);
            message.Attribute(NFTA_SET_ELEM_LIST_TABLE, table.Name);
            message.Attribute(NFTA_SET_ELEM_LIST_SET, set);
            int list = message.BeginNest(NFTA_SET_ELEM_LIST_ELEMENTS);
            for (int start = message.Message.Length; next < elements.Count && message.Message.Length - start < ElementBytes; next++) Write(ref message, elements[next]);
            message.EndNest(list);
            End(ref message, operation, $"{table} {set}");
        }
        return this;
    }

    private static void Write(ref MessageWriter message, NftElement element)
    {
        int nest = message.BeginNest(NFTA_LIST_ELEM);
        WriteValue(ref message, NFTA_SET_ELEM_KEY, element.Key);
        if (element.Verdict is { } verdict)
        {
            int data = message.BeginNest(NFTA_SET_ELEM_DATA);
            verdict.Write(ref message);
            message.EndNest(data);
        }
        else if (element.Value.Length > 0) WriteValue(ref message, NFTA_SET_ELEM_DATA, element.Value);
        if (element.Comment is { } comment) message.Attribute(NFTA_SET_ELEM_USERDATA, UserData(comment));
        message.EndNest(nest);
        if (element.End is null) return;
        int end = message.BeginNest(NFTA_LIST_ELEM);
        WriteValue(ref message, NFTA_SET_ELEM_KEY, element.End);
        message.BigEndian(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
        message.EndNest(end);
    }

    private static void WriteValue(ref MessageWriter message, ushort type, byte[] value)
    {
        int nest = message.BeginNest(type);
        message.Attribute(NFTA_DATA_VALUE, value);
        message.EndNest(nest);
    }

    /// <summary>What <c>nft</c> keeps besides: entries of kind, length and bytes. Kind 0 is the comment.</summary>
    private static byte[] UserData(string comment)
    {
        byte[] text = Encoding.UTF8.GetBytes(comment);
        if (text.Length > CommentBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"the comment '{comment}' is longer than {CommentBytes} bytes");
        return [0, (byte)(text.Length + 1), .. text, 0];
    }

    private static MessageWriter Begin(NftTable table, NftMessage kind, NetlinkFlags flags = NetlinkFlags.None)
    {
        MessageWriter message = new((ushort)(NftSocket.NFNL_SUBSYS_NFTABLES << 8 | (int)kind), flags);
        message.Append(new NetfilterHeader { Family = (byte)table.Family });
        return message;
    }

    private NftBatch End(ref MessageWriter message, string operation, string target)
    {
        requests.Add(ref message, operation, target);
        return this;
    }
}

/// <summary>Kinds of messages: NFT_MSG_*.</summary>
internal enum NftMessage
{
    NewTable = 0,
    GetTable = 1,
    DeleteTable = 2,
    NewChain = 3,
    GetChain = 4,
    DeleteChain = 5,
    NewRule = 6,
    DeleteRule = 8,
    NewSet = 9,
    GetSet = 10,
    DeleteSet = 11,
    NewElement = 12,
    GetElement = 13,
    DeleteElement = 14,
    NewGeneration = 15,
}

/// <summary><c>struct nfgenmsg</c>: the fixed part of netfilter's messages.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NetfilterHeader
{
    public byte Family;
    private readonly byte version;
    /// <summary>Of a batch the part of netfilter that it is for, highest byte first.</summary>
    public ushort Resource;
}
