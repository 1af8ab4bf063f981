namespace Keelson.Oci;

public static partial class RuntimeSpecValidator
{
    private static void CheckProcess(ProcessSpec process, string prefix, SpecFindings found)
    {
        if (process.ConsoleSize is { } size && (size.Height > ushort.MaxValue || size.Width > ushort.MaxValue))
            found.Error(prefix + "consoleSize", "is larger than 65535 by 65535");
        if (process.User.Umask > 0x1ff) found.Error(prefix + "user.umask", "is more than 0777 octal (511)");
        if (process.Args.Length == 0) found.Error(prefix + "args", "is empty");
        else if (process.Args[0].Length == 0) found.Error(prefix + "args[0]", "is empty; it names the program");
        CheckEnvironment(process.Env, prefix, found);
        if (!IsAbsolute(process.Cwd)) found.Error(prefix + "cwd", $"'{SpecReader.Quote(process.Cwd)}' is not absolute");
        if (process.Capabilities is { } capabilities) CheckCapabilities(capabilities, prefix, found);
        CheckRlimits(process.Rlimits, prefix, found);
        if (process.OomScoreAdj is < -1000 or > 1000) found.Error(prefix + "oomScoreAdj", $"{process.OomScoreAdj} is not between -1000 and 1000");
        if (process.IoPriority is { Priority: < 0 or > 7 } io) found.Error(prefix + "ioPriority.priority", $"{io.Priority} is not between 0 and 7");
        if (process.Scheduler is { } scheduler) CheckScheduler(scheduler, prefix + "scheduler", found);
        if (process.ExecCpuAffinity is { } affinity)
        {
            CheckIndexList(affinity.Initial, prefix + "execCPUAffinity.initial", found);
            CheckIndexList(affinity.Final, prefix + "execCPUAffinity.final", found);
        }
    }

    private static void CheckEnvironment(string[] env, string prefix, SpecFindings found)
    {
        for (int i = 0; i < env.Length; i++)
            if (env[i].IndexOf('=') <= 0) found.Warning($"{prefix}env[{i}]", $"'{SpecReader.Quote(env[i])}' is not of the form NAME=value");
    }

    private static void CheckCapabilities(CapabilitySets sets, string prefix, SpecFindings found)
    {
        CheckCapabilities(sets.Bounding, prefix, "bounding", found);
        CheckCapabilities(sets.Effective, prefix, "effective", found);
        CheckCapabilities(sets.Inheritable, prefix, "inheritable", found);
        CheckCapabilities(sets.Permitted, prefix, "permitted", found);
        CheckCapabilities(sets.Ambient, prefix, "ambient", found);
    }

    // runtime-spec config "Linux Process": a name that stands for nothing is logged, and no error.
    private static void CheckCapabilities(string[]? names, string prefix, string set, SpecFindings found)
    {
        for (int i = 0; i < names?.Length; i++)
            if (CapabilityNames.NumberOf(names[i]) is null)
                found.Warning($"{prefix}capabilities.{set}[{i}]", $"'{SpecReader.Quote(names[i])}' is not a known capability and ignored");
    }

    private static void CheckRlimits(RlimitSpec[] rlimits, string prefix, SpecFindings found)
    {
        uint seen = 0;
        for (int i = 0; i < rlimits.Length; i++)
        {
            uint bit = 1u << (int)rlimits[i].Type;
            if ((seen & bit) != 0) found.Error($"{prefix}rlimits[{i}].type", $"{SpecNames.Of(rlimits[i].Type)} comes twice");
            seen |= bit;
            if (rlimits[i].Soft > rlimits[i].Hard) found.Error($"{prefix}rlimits[{i}].soft", $"{rlimits[i].Soft} is more than the hard limit {rlimits[i].Hard}");
        }
    }

    // sched_setattr(2).
    private static void CheckScheduler(SchedulerSpec scheduler, string path, SpecFindings found)
    {
        bool isRealTime = scheduler.Policy is SchedulerPolicy.SCHED_FIFO or SchedulerPolicy.SCHED_RR;
        bool isDeadline = scheduler.Policy == SchedulerPolicy.SCHED_DEADLINE;
        if (scheduler.Nice is < -20 or > 19) found.Error(path + ".nice", $"{scheduler.Nice} is not between -20 and 19");
        if (isRealTime && scheduler.Priority is < 1 or > 99) found.Error(path + ".priority", $"{scheduler.Priority} is not between 1 and 99");
        if (!isRealTime && scheduler.Priority != 0) found.Error(path + ".priority", $"is for SCHED_FIFO and SCHED_RR, not for {SpecNames.Of(scheduler.Policy)}");
        if (!isDeadline && (scheduler.Runtime | scheduler.Deadline | scheduler.Period) != 0)
            found.Error(path, $"has runtime, deadline or period, which are for SCHED_DEADLINE, not for {SpecNames.Of(scheduler.Policy)}");
        ulong period = scheduler.Period == 0 ? scheduler.Deadline : scheduler.Period;
        if (isDeadline && (scheduler.Runtime == 0 || scheduler.Runtime > scheduler.Deadline || scheduler.Deadline > period))
            found.Error(path, "needs 0 < runtime <= deadline <= period for SCHED_DEADLINE");
    }

    private static void CheckIndexList(string? list, string path, SpecFindings found)
    {
        if (list is not null && IndexList.ParseMask(list) is null) found.Error(path, $"'{SpecReader.Quote(list)}' is not a list like 0-3,7");
    }
}
