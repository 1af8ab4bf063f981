using Keelson.Linux;

namespace Keelson.Netlink.Netfilter;

/// <summary>Hears when somebody else takes something out of a table, or the table itself. nf_tables.</summary>
/// <remarks>Each change is told as what came and went, with the port of the socket that asked for it.</remarks>
public sealed class NftWatch : IDisposable
{
    private const ushort NFTA_TABLE_NAME = 1;

    private readonly NetlinkWatch watch;
    private readonly NftTable table;
    private readonly NftSocket own;
    private bool hasBegun;

    /// <summary>Begins to listen.</summary>
    /// <param name="table">The table.</param>
    /// <param name="own">Whose changes are not told; it has to stay open.</param>
    /// <param name="networkNamespace">A file of the network namespace; <see langword="null"/>: the calling thread's.</param>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public NftWatch(NftTable table, NftSocket own, FdHandle? networkNamespace = null) =>
        (this.table, this.own, watch) = (table, own, NetlinkWatch.Open(NetlinkSocket.NETLINK_NETFILTER, [NetlinkWatch.Tables], networkNamespace));

    /// <summary>Waits until somebody else has taken something out of the table, or may have. The first time it does not wait: what happened while it began to listen nobody knows.</summary>
    public async Task NextAsync(CancellationToken cancel)
    {
        if (!hasBegun)
        {
            hasBegun = true;
            return;
        }
        while (true)
        {
            (IReadOnlyList<NetlinkEvent> events, bool isLossy) = await watch.NextAsync(cancel).ConfigureAwait(false);
            if (isLossy || events.Any(IsHarm)) return;
        }
    }

    /// <summary>Stops listening.</summary>
    public void Dispose() => watch.Dispose();

    private bool IsHarm(NetlinkEvent happened) =>
        happened.Type >> 8 == NftSocket.NFNL_SUBSYS_NFTABLES
        && (NftMessage)(happened.Type & 0xff) is NftMessage.DeleteTable or NftMessage.DeleteChain or NftMessage.DeleteRule or NftMessage.DeleteSet or NftMessage.DeleteElement
        && happened.Port != own.Port && IsOfTable(happened);

    /// <summary>In messages of all kinds the first attribute is the table's name.</summary>
    private bool IsOfTable(NetlinkEvent happened)
    {
        AttributeReader attributes = AttributeReader.After(happened.Payload.Span, out NetfilterHeader header);
        while (attributes.Read())
            if (attributes.Type == NFTA_TABLE_NAME) return header.Family == (byte)table.Family && attributes.Text == table.Name;
        return false;
    }
}
