using System.Runtime.CompilerServices;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Start;

/// <summary>Plays a plan. The same code runs in the cloned child and, for the prologue, in the parent.</summary>
/// <remarks>
/// Nothing here allocates, throws, initialises a class or calls anything but <c>syscall</c> and <c>__errno_location</c>;
/// a test disassembles it and fails on any other call.
/// </remarks>
internal static unsafe class ChildInterpreter
{
    /// <summary>How often openat2(2) is tried again after EAGAIN before that is taken for the answer.</summary>
    private const int MaximumRetries = 4096;

    /// <summary>Plays the steps of a plan up to its end or the first failure.</summary>
    /// <param name="steps">First step.</param>
    /// <param name="count">Number of steps.</param>
    /// <param name="failure">The errno of the step that failed.</param>
    /// <returns>-1 at the end of the plan, else the index of the step that failed.</returns>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int Run<TCalls>(Step* steps, int count, int* failure) where TCalls : struct, IRawCalls
    {
        Int128 space = default; // stackalloc would add a stack cookie, and the check of it a call.
        long* record = (long*)&space;
        int i = 0;
        while (i < count)
        {
            Step* step = steps + i;
            int number = step->Number;
            if (number < 0)
            {
                long* arguments = step->Arguments;
                if (number == Step.JumpUnless)
                {
                    i = (*(long*)arguments[0] & arguments[1]) == arguments[2] ? i + 1 : (int)arguments[3];
                    continue;
                }
                if (number == Step.JumpIf)
                {
                    i = (*(long*)arguments[0] & arguments[1]) == arguments[2] ? (int)arguments[3] : i + 1;
                    continue;
                }
                if (number == Step.JumpIfSame)
                {
                    i = *(long*)arguments[0] == *(long*)arguments[1] ? (int)arguments[3] : i + 1;
                    continue;
                }
                if (number == Step.Expect)
                {
                    if ((*(long*)arguments[0] & arguments[1]) != arguments[2])
                    {
                        *failure = (int)arguments[3];
                        return i;
                    }
                }
                else if (number == Step.Set)
                {
                    *(long*)arguments[0] = arguments[1];
                }
                else if (number == Step.StoreInt)
                {
                    *(int*)arguments[1] = (int)*(long*)arguments[0];
                }
                else if (number == Step.Fail)
                {
                    long errno = (step->SlotArguments & 1) != 0 ? *(long*)arguments[0] : arguments[0];
                    *failure = (int)(errno < 0 ? -errno : errno);
                    return i;
                }
                else
                {
                    record[0] = -1 - arguments[1];
                    record[1] = (step->SlotArguments & 4) != 0 ? *(long*)arguments[2] : arguments[2];
                    nint done = TCalls.Syscall((nint)Syscall.write, (nint)arguments[0], (nint)record, 16, 0, 0, 0);
                    if (done == 16) done = TCalls.Syscall((nint)Syscall.read, (nint)arguments[0], (nint)record, 1, 0, 0, 0);
                    if (done != 1)
                    {
                        *failure = (int)Errno.EPIPE;
                        return i;
                    }
                }
                i++;
                continue;
            }

            nint a0 = (nint)step->Arguments[0], a1 = (nint)step->Arguments[1], a2 = (nint)step->Arguments[2];
            nint a3 = (nint)step->Arguments[3], a4 = (nint)step->Arguments[4], a5 = (nint)step->Arguments[5];
            int slots = step->SlotArguments;
            if (slots != 0)
            {
                if ((slots & 1) != 0) a0 = *(nint*)a0;
                if ((slots & 2) != 0) a1 = *(nint*)a1;
                if ((slots & 4) != 0) a2 = *(nint*)a2;
                if ((slots & 8) != 0) a3 = *(nint*)a3;
                if ((slots & 16) != 0) a4 = *(nint*)a4;
                if ((slots & 32) != 0) a5 = *(nint*)a5;
            }
            int retries = 0;
        again:
            nint result = TCalls.Syscall(number, a0, a1, a2, a3, a4, a5);
            if (result == -1)
            {
                int errno = TCalls.LastError();
                if (errno == (int)Errno.EAGAIN && (step->Flags & StepFlags.RetryAgain) != 0 && retries++ < MaximumRetries) goto again;
                if ((step->Flags & StepFlags.AnyOutcome) == 0 && errno != step->Accepted1 && errno != step->Accepted2 && errno != step->Accepted3)
                {
                    *failure = errno;
                    return i;
                }
                result = -errno;
            }
            if (step->Result != 0) *(long*)step->Result = result;
            i++;
        }
        return -1;
    }

    /// <summary>The child's whole life: plays the plan, reports a failure as (step, errno) on the channel and ends.</summary>
    /// <param name="steps">First step.</param>
    /// <param name="count">Number of steps. The last one is an execve, so the end is not reached in a good plan.</param>
    /// <param name="channel">The child's end of the socket pair; negative only plays the plan, to have everything compiled before a clone.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void RunChild<TCalls>(Step* steps, int count, int channel) where TCalls : struct, IRawCalls
    {
        Int128 space = default;
        long* record = (long*)&space;
        int errno = 0;
        record[0] = Run<TCalls>(steps, count, &errno);
        record[1] = errno;
        if (channel < 0) return;
        if (record[0] >= 0) TCalls.Syscall((nint)Syscall.write, channel, (nint)record, 16, 0, 0, 0);
        TCalls.Syscall((nint)Syscall.exit_group, 127, 0, 0, 0, 0, 0);
    }
}
