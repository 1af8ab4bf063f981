using System.Runtime.InteropServices;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps for scheduler, I/O priority, CPU affinity, memory policy and personality.</summary>
internal sealed unsafe class SchedulingSteps(ProcessRequest request, SyscallPlan plan)
{
    private const int IOPRIO_WHO_PROCESS = 1, IOPRIO_CLASS_SHIFT = 13;

    /// <summary><c>struct sched_attr</c>. sched_setattr(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SchedulerAttributes
    {
        public uint Size, Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong RuntimeNanoseconds, DeadlineNanoseconds, PeriodNanoseconds;
    }

    /// <summary>Sets what is configured; an absent property leaves what the caller had.</summary>
    public void Set()
    {
        SetAffinity(request.Process.ExecCpuAffinity?.Initial, "initial");
        SetPersonality();
        SetMemoryPolicy();
        SetScheduler();
        SetIoPriority();
        SetAffinity(request.Process.ExecCpuAffinity?.Final, "final");
    }

    private void SetScheduler()
    {
        if (request.Process.Scheduler is not { } scheduler) return;
        SchedulerAttributes attributes = new()
        {
            Size = (uint)sizeof(SchedulerAttributes),
            Policy = (uint)scheduler.Policy,
            Flags = (ulong)scheduler.Flags,
            Nice = scheduler.Nice,
            Priority = (uint)scheduler.Priority,
            RuntimeNanoseconds = scheduler.Runtime,
            DeadlineNanoseconds = scheduler.Deadline,
            PeriodNanoseconds = scheduler.Period,
        };
        plan.Call("set scheduler", scheduler.Policy.ToString(), Syscall.sched_setattr, 0, plan.Value(attributes), 0);
    }

    private void SetIoPriority()
    {
        if (request.Process.IoPriority is not { } priority) return;
        plan.Call("set I/O priority", priority.Class.ToString(), Syscall.ioprio_set, IOPRIO_WHO_PROCESS, 0, (int)priority.Class << IOPRIO_CLASS_SHIFT | priority.Priority);
    }

    private void SetAffinity(string? cpus, string which)
    {
        if (string.IsNullOrEmpty(cpus)) return;
        byte[] mask = CpuList.Parse(cpus, "process.execCPUAffinity." + which);
        plan.Call("set CPU affinity", cpus, Syscall.sched_setaffinity, 0, mask.Length, plan.Bytes(mask));
    }

    private void SetPersonality()
    {
        if (request.Personality is not { } personality) return;
        plan.Call("set personality", personality.Domain.ToString(), Syscall.personality, (uint)personality.Domain);
    }

    private void SetMemoryPolicy()
    {
        if (request.MemoryPolicy is not { } policy) return;
        byte[] nodes = string.IsNullOrEmpty(policy.Nodes) ? [] : CpuList.Parse(policy.Nodes, "linux.memoryPolicy.nodes");
        // The kernel reads one bit less than it is told.
        plan.Call("set memory policy", policy.Mode.ToString(), Syscall.set_mempolicy, (int)policy.Mode | (int)policy.Flags, nodes.Length == 0 ? 0 : plan.Bytes(nodes), nodes.Length == 0 ? 0 : nodes.Length * 8 + 1);
    }
}
