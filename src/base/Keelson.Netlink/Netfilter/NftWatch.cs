using System.Buffers.Binary;
using Keelson.Linux;

namespace Keelson.Netlink.Netfilter;

/// <summary>Hears when somebody else takes something out of a table, or the table itself. nf_tables.</summary>
/// <remarks>
/// Each change is told as what came and went, and then by a message with the process that made it (NFT_MSG_NEWGEN). The kernel knows processes by other numbers than one in a PID namespace does, so the own
/// number is learned from a change that is made here.
/// </remarks>
public sealed class NftWatch : IDisposable
{
    private const ushort NFTA_TABLE_NAME = 1, NFTA_GEN_PROC_PID = 2;

    private readonly NetlinkWatch watch;
    private readonly NftTable table;
    private bool isTouched, hasBegun;

    private NftWatch(NetlinkWatch watch, NftTable table, uint own) => (this.watch, this.table, OwnProcess) = (watch, table, own);

    /// <summary>What the kernel knows this process by.</summary>
    public uint OwnProcess { get; }

    /// <summary>Begins to listen. The table is made unless it is there.</summary>
    /// <param name="table">The table.</param>
    /// <param name="networkNamespace">A file of the network namespace; <see langword="null"/>: the calling thread's.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public static async Task<NftWatch> OpenAsync(NftTable table, FdHandle? networkNamespace = null, CancellationToken cancel = default)
    {
        NetlinkWatch watch = NetlinkWatch.Open(NetlinkSocket.NETLINK_NETFILTER, [NetlinkWatch.Tables], networkNamespace);
        try
        {
            // Of two changes in a row the same process is told both times, whoever else makes some in between.
            HashSet<uint> first = await ProcessesAsync().ConfigureAwait(false), second = await ProcessesAsync().ConfigureAwait(false);
            first.IntersectWith(second);
            return first.Count == 1 ? new(watch, table, first.Single()) : throw new KeelsonException(ErrorKind.Unavailable, $"watch table {table}: it changes all the time");
        }
        catch
        {
            watch.Dispose();
            throw;
        }

        async Task<HashSet<uint>> ProcessesAsync()
        {
            using (NftSocket filters = NftSocket.Open(networkNamespace)) filters.Commit(new NftBatch().Add(table));
            HashSet<uint> processes = [];
            while (processes.Count == 0)
                foreach (NetlinkEvent happened in (await watch.NextAsync(cancel).ConfigureAwait(false)).Events)
                    if (Kind(happened) == NftMessage.NewGeneration) processes.Add(ProcessOf(happened));
            return processes;
        }
    }

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
            if (isLossy) return;
            bool isForeign = false;
            foreach (NetlinkEvent happened in events)
            {
                switch (Kind(happened))
                {
                    case NftMessage.DeleteTable or NftMessage.DeleteChain or NftMessage.DeleteRule or NftMessage.DeleteSet or NftMessage.DeleteElement:
                        isTouched |= IsOfTable(happened);
                        break;
                    case NftMessage.NewGeneration:
                        isForeign |= isTouched && ProcessOf(happened) != OwnProcess;
                        isTouched = false;
                        break;
                }
            }
            if (isForeign) return;
        }
    }

    /// <summary>Stops listening.</summary>
    public void Dispose() => watch.Dispose();

    private static NftMessage Kind(NetlinkEvent happened) => happened.Type >> 8 == NftSocket.NFNL_SUBSYS_NFTABLES ? (NftMessage)(happened.Type & 0xff) : (NftMessage)(-1);

    /// <summary>In messages of all kinds the first attribute is the table's name.</summary>
    private bool IsOfTable(NetlinkEvent happened)
    {
        AttributeReader attributes = AttributeReader.After(happened.Payload.Span, out NetfilterHeader header);
        while (attributes.Read())
            if (attributes.Type == NFTA_TABLE_NAME) return header.Family == (byte)table.Family && attributes.Text == table.Name;
        return false;
    }

    private static uint ProcessOf(NetlinkEvent happened)
    {
        AttributeReader attributes = AttributeReader.After(happened.Payload.Span, out NetfilterHeader _);
        while (attributes.Read())
            if (attributes.Type == NFTA_GEN_PROC_PID) return BinaryPrimitives.ReverseEndianness(attributes.As<uint>());
        return 0;
    }
}
