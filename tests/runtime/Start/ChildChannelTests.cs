using System.Runtime.InteropServices;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;
using Keelson.Runtime.Start;

namespace Keelson.Runtime.Tests.Start;

public sealed class ChildChannelTests
{
    [Fact]
    public void A_failure_is_told_by_a_child_that_ended_with_an_answer_unread()
    {
        using ChildChannel channel = new();
        using SyscallPlan plan = new();
        plan.Call("mount", "/proc", Syscall.mount);
        channel.TryContinue();
        long[] record = [0, (long)Errno.EPERM];
        Assert.Equal(Errno.None, Files.TryWrite(channel.ChildEnd.Fd, MemoryMarshal.AsBytes(record.AsSpan())));
        channel.CloseChildEnd();

        PlanException e = Assert.Throws<PlanException>(() => channel.Next(plan, out _));

        Assert.Equal("mount /proc: EPERM (operation not permitted)", e.Message);
        Assert.Null(channel.Next(plan, out _));
    }

    [Fact]
    public void A_child_that_ended_without_a_word_is_the_end_whatever_it_left_unread()
    {
        using ChildChannel channel = new();
        using SyscallPlan plan = new();
        channel.TryContinue();
        channel.CloseChildEnd();
        Assert.Null(channel.Next(plan, out _));
        // Nobody is there to be told, which is no error.
        channel.TryContinue();
    }
}
