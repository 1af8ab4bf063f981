using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps that tie a child to the life of the runtime while it is being set up, so that a runtime that is killed leaves no child.</summary>
internal static class ParentSteps
{
    private const int PR_SET_PDEATHSIG = 1, MSG_PEEK = 2, MSG_DONTWAIT = 0x40;

    /// <summary>From here on the child dies with the runtime. A change of the user ends that: prctl(2) PR_SET_PDEATHSIG.</summary>
    /// <param name="plan">The child's plan.</param>
    /// <param name="channel">The child's end of the channel; the child must have closed its copy of the other end.</param>
    public static void DieWithRuntime(SyscallPlan plan, int channel)
    {
        plan.Call("die with", "the runtime", Syscall.prctl, PR_SET_PDEATHSIG, Signals.SIGKILL, 0, 0, 0);
        // It may be dead by now: the channel is then at its end.
        Slot state = plan.NewSlot();
        plan.Call("look for", "the runtime", Syscall.recvfrom, channel, plan.Allocate(8), 1, MSG_PEEK | MSG_DONTWAIT, 0, 0).Accept(Errno.EAGAIN).Into(state);
        int isAlive = plan.JumpUnless(state, 0);
        plan.Fail("look for", "the runtime", (int)Errno.EPIPE);
        plan.Land(isAlive);
    }

    /// <summary>Waits for one byte of the parent.</summary>
    /// <param name="plan">The child's plan.</param>
    /// <param name="channel">The child's end of the channel; its end is an error.</param>
    /// <param name="what">What the byte tells, for listings and errors.</param>
    public static void Await(SyscallPlan plan, int channel, string what)
    {
        Slot count = plan.NewSlot();
        plan.Call("wait for", what, Syscall.read, channel, plan.Allocate(8), 1).Into(count);
        plan.Expect("wait for", what, count.Address, 1, -1, Errno.EPIPE);
    }

    /// <summary>From here on the child lives on when the runtime ends.</summary>
    public static void LiveWithoutRuntime(SyscallPlan plan) => plan.Call("live without", "the runtime", Syscall.prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);
}
