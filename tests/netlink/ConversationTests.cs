using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Netlink.Tests;

/// <summary>The conversation with a kernel whose answers the test wrote.</summary>
public sealed class ConversationTests : IDisposable
{
    private const ushort NLMSG_ERROR = 2, NLMSG_DONE = 3, Item = 20;
    private readonly FdHandle kernel;
    private readonly NetlinkSocket socket;

    public ConversationTests()
    {
        Sockets.TryPair(out FdHandle? here, out FdHandle? there).ThrowIfError("socketpair");
        (socket, kernel) = (new NetlinkSocket(here!), there!);
    }

    public void Dispose()
    {
        socket.Dispose();
        kernel.Dispose();
    }

    [Fact]
    public void A_list_that_changed_while_it_was_read_is_read_again()
    {
        Answer(1, Item, "a", NetlinkFlags.NLM_F_MULTI);
        Answer(1, Item, "b", NetlinkFlags.NLM_F_MULTI | NetlinkFlags.NLM_F_DUMP_INTR);
        Answer(1, NLMSG_DONE, "\0\0\0\0", NetlinkFlags.NLM_F_MULTI);
        Answer(2, Item, "c", NetlinkFlags.NLM_F_MULTI);
        Answer(2, NLMSG_DONE, "\0\0\0\0", NetlinkFlags.NLM_F_MULTI);
        Assert.Equal(["c"], List());
    }

    [Fact]
    public void A_list_that_always_changes_is_an_error()
    {
        for (uint i = 1; i <= 16; i++) Answer(i, NLMSG_DONE, "\0\0\0\0", NetlinkFlags.NLM_F_DUMP_INTR);
        Assert.Equal(ErrorKind.Unavailable, Assert.Throws<KeelsonException>(List).Kind);
    }

    [Fact]
    public void Answers_to_earlier_requests_are_passed_over()
    {
        Answer(0, Item, "old", NetlinkFlags.NLM_F_MULTI);
        Answer(1, Item, "new", NetlinkFlags.NLM_F_MULTI);
        Answer(0, NLMSG_DONE, "\0\0\0\0", NetlinkFlags.NLM_F_MULTI);
        Answer(1, NLMSG_DONE, "\0\0\0\0", NetlinkFlags.NLM_F_MULTI);
        Assert.Equal(["new"], List());
    }

    [Fact]
    public void An_error_ends_a_list()
    {
        Answer(1, Item, "a", NetlinkFlags.NLM_F_MULTI);
        Answer(1, NLMSG_ERROR, "\u00ff\u00ff\u00ff\u00ff" + new string('\0', 16), NetlinkFlags.None);
        Assert.Equal("list things: EPERM (operation not permitted)", Assert.Throws<LinuxException>(List).Message);
    }

    [Fact]
    public void A_question_gets_its_answer_and_its_outcome()
    {
        Answer(1, Item, "what", NetlinkFlags.None);
        Answer(1, NLMSG_ERROR, new string('\0', 20), NetlinkFlags.NLM_F_CAPPED);
        MessageWriter request = new(new byte[64], type: 18);
        Assert.Equal(Errno.None, socket.TryRequest(ref request, out _, out ReadOnlySpan<byte> answer));
        Assert.Equal("what"u8, answer);
    }

    private List<string> List()
    {
        MessageWriter request = new(new byte[64], type: 22);
        return socket.List(ref request, payload => System.Text.Encoding.Latin1.GetString(payload), "things");
    }

    private void Answer(uint sequence, ushort type, string payload, NetlinkFlags flags)
    {
        byte[] datagram = [.. new byte[16], .. System.Text.Encoding.Latin1.GetBytes(payload)];
        System.Runtime.InteropServices.MemoryMarshal.Write(datagram, new NetlinkHeader { Length = (uint)datagram.Length, Type = type, Flags = flags, Sequence = sequence });
        Sockets.TrySend(kernel.Fd, datagram, []).ThrowIfError("send");
    }
}
