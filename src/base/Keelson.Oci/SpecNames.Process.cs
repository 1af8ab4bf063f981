namespace Keelson.Oci;

public static partial class SpecNames
{
    /// <summary>The name of a resource limit.</summary>
    public static string Of(RlimitKind value) => value switch
    {
        RlimitKind.RLIMIT_CPU => nameof(RlimitKind.RLIMIT_CPU),
        RlimitKind.RLIMIT_FSIZE => nameof(RlimitKind.RLIMIT_FSIZE),
        RlimitKind.RLIMIT_DATA => nameof(RlimitKind.RLIMIT_DATA),
        RlimitKind.RLIMIT_STACK => nameof(RlimitKind.RLIMIT_STACK),
        RlimitKind.RLIMIT_CORE => nameof(RlimitKind.RLIMIT_CORE),
        RlimitKind.RLIMIT_RSS => nameof(RlimitKind.RLIMIT_RSS),
        RlimitKind.RLIMIT_NPROC => nameof(RlimitKind.RLIMIT_NPROC),
        RlimitKind.RLIMIT_NOFILE => nameof(RlimitKind.RLIMIT_NOFILE),
        RlimitKind.RLIMIT_MEMLOCK => nameof(RlimitKind.RLIMIT_MEMLOCK),
        RlimitKind.RLIMIT_AS => nameof(RlimitKind.RLIMIT_AS),
        RlimitKind.RLIMIT_LOCKS => nameof(RlimitKind.RLIMIT_LOCKS),
        RlimitKind.RLIMIT_SIGPENDING => nameof(RlimitKind.RLIMIT_SIGPENDING),
        RlimitKind.RLIMIT_MSGQUEUE => nameof(RlimitKind.RLIMIT_MSGQUEUE),
        RlimitKind.RLIMIT_NICE => nameof(RlimitKind.RLIMIT_NICE),
        RlimitKind.RLIMIT_RTPRIO => nameof(RlimitKind.RLIMIT_RTPRIO),
        RlimitKind.RLIMIT_RTTIME => nameof(RlimitKind.RLIMIT_RTTIME),
        _ => throw NotAValue(value),
    };

    /// <summary>The resource limit that a name stands for; <see langword="null"/> when there is none.</summary>
    public static RlimitKind? ParseRlimitKind(string name) => name switch
    {
        nameof(RlimitKind.RLIMIT_CPU) => RlimitKind.RLIMIT_CPU,
        nameof(RlimitKind.RLIMIT_FSIZE) => RlimitKind.RLIMIT_FSIZE,
        nameof(RlimitKind.RLIMIT_DATA) => RlimitKind.RLIMIT_DATA,
        nameof(RlimitKind.RLIMIT_STACK) => RlimitKind.RLIMIT_STACK,
        nameof(RlimitKind.RLIMIT_CORE) => RlimitKind.RLIMIT_CORE,
        nameof(RlimitKind.RLIMIT_RSS) => RlimitKind.RLIMIT_RSS,
        nameof(RlimitKind.RLIMIT_NPROC) => RlimitKind.RLIMIT_NPROC,
        nameof(RlimitKind.RLIMIT_NOFILE) => RlimitKind.RLIMIT_NOFILE,
        nameof(RlimitKind.RLIMIT_MEMLOCK) => RlimitKind.RLIMIT_MEMLOCK,
        nameof(RlimitKind.RLIMIT_AS) => RlimitKind.RLIMIT_AS,
        nameof(RlimitKind.RLIMIT_LOCKS) => RlimitKind.RLIMIT_LOCKS,
        nameof(RlimitKind.RLIMIT_SIGPENDING) => RlimitKind.RLIMIT_SIGPENDING,
        nameof(RlimitKind.RLIMIT_MSGQUEUE) => RlimitKind.RLIMIT_MSGQUEUE,
        nameof(RlimitKind.RLIMIT_NICE) => RlimitKind.RLIMIT_NICE,
        nameof(RlimitKind.RLIMIT_RTPRIO) => RlimitKind.RLIMIT_RTPRIO,
        nameof(RlimitKind.RLIMIT_RTTIME) => RlimitKind.RLIMIT_RTTIME,
        _ => null,
    };

    /// <summary>The name of a scheduling policy.</summary>
    public static string Of(SchedulerPolicy value) => value switch
    {
        SchedulerPolicy.SCHED_OTHER => nameof(SchedulerPolicy.SCHED_OTHER),
        SchedulerPolicy.SCHED_FIFO => nameof(SchedulerPolicy.SCHED_FIFO),
        SchedulerPolicy.SCHED_RR => nameof(SchedulerPolicy.SCHED_RR),
        SchedulerPolicy.SCHED_BATCH => nameof(SchedulerPolicy.SCHED_BATCH),
        SchedulerPolicy.SCHED_ISO => nameof(SchedulerPolicy.SCHED_ISO),
        SchedulerPolicy.SCHED_IDLE => nameof(SchedulerPolicy.SCHED_IDLE),
        SchedulerPolicy.SCHED_DEADLINE => nameof(SchedulerPolicy.SCHED_DEADLINE),
        _ => throw NotAValue(value),
    };

    /// <summary>The scheduling policy that a name stands for; <see langword="null"/> when there is none.</summary>
    public static SchedulerPolicy? ParseSchedulerPolicy(string name) => name switch
    {
        nameof(SchedulerPolicy.SCHED_OTHER) => SchedulerPolicy.SCHED_OTHER,
        nameof(SchedulerPolicy.SCHED_FIFO) => SchedulerPolicy.SCHED_FIFO,
        nameof(SchedulerPolicy.SCHED_RR) => SchedulerPolicy.SCHED_RR,
        nameof(SchedulerPolicy.SCHED_BATCH) => SchedulerPolicy.SCHED_BATCH,
        nameof(SchedulerPolicy.SCHED_ISO) => SchedulerPolicy.SCHED_ISO,
        nameof(SchedulerPolicy.SCHED_IDLE) => SchedulerPolicy.SCHED_IDLE,
        nameof(SchedulerPolicy.SCHED_DEADLINE) => SchedulerPolicy.SCHED_DEADLINE,
        _ => null,
    };

    /// <summary>The names of the scheduling flags in a set, in the order of their values.</summary>
    public static string[] Of(SchedulerFlags value)
    {
        List<string> names = [];
        if (value.HasFlag(SchedulerFlags.SCHED_FLAG_RESET_ON_FORK)) names.Add(nameof(SchedulerFlags.SCHED_FLAG_RESET_ON_FORK));
        if (value.HasFlag(SchedulerFlags.SCHED_FLAG_RECLAIM)) names.Add(nameof(SchedulerFlags.SCHED_FLAG_RECLAIM));
        if (value.HasFlag(SchedulerFlags.SCHED_FLAG_DL_OVERRUN)) names.Add(nameof(SchedulerFlags.SCHED_FLAG_DL_OVERRUN));
        if (value.HasFlag(SchedulerFlags.SCHED_FLAG_KEEP_POLICY)) names.Add(nameof(SchedulerFlags.SCHED_FLAG_KEEP_POLICY));
        if (value.HasFlag(SchedulerFlags.SCHED_FLAG_KEEP_PARAMS)) names.Add(nameof(SchedulerFlags.SCHED_FLAG_KEEP_PARAMS));
        if (value.HasFlag(SchedulerFlags.SCHED_FLAG_UTIL_CLAMP_MIN)) names.Add(nameof(SchedulerFlags.SCHED_FLAG_UTIL_CLAMP_MIN));
        if (value.HasFlag(SchedulerFlags.SCHED_FLAG_UTIL_CLAMP_MAX)) names.Add(nameof(SchedulerFlags.SCHED_FLAG_UTIL_CLAMP_MAX));
        return [.. names];
    }

    /// <summary>The scheduling flag that a name stands for; <see langword="null"/> when there is none.</summary>
    public static SchedulerFlags? ParseSchedulerFlags(string name) => name switch
    {
        nameof(SchedulerFlags.SCHED_FLAG_RESET_ON_FORK) => SchedulerFlags.SCHED_FLAG_RESET_ON_FORK,
        nameof(SchedulerFlags.SCHED_FLAG_RECLAIM) => SchedulerFlags.SCHED_FLAG_RECLAIM,
        nameof(SchedulerFlags.SCHED_FLAG_DL_OVERRUN) => SchedulerFlags.SCHED_FLAG_DL_OVERRUN,
        nameof(SchedulerFlags.SCHED_FLAG_KEEP_POLICY) => SchedulerFlags.SCHED_FLAG_KEEP_POLICY,
        nameof(SchedulerFlags.SCHED_FLAG_KEEP_PARAMS) => SchedulerFlags.SCHED_FLAG_KEEP_PARAMS,
        nameof(SchedulerFlags.SCHED_FLAG_UTIL_CLAMP_MIN) => SchedulerFlags.SCHED_FLAG_UTIL_CLAMP_MIN,
        nameof(SchedulerFlags.SCHED_FLAG_UTIL_CLAMP_MAX) => SchedulerFlags.SCHED_FLAG_UTIL_CLAMP_MAX,
        _ => null,
    };

    /// <summary>The name of an I/O scheduling class.</summary>
    public static string Of(IoPriorityClass value) => value switch
    {
        IoPriorityClass.IOPRIO_CLASS_RT => nameof(IoPriorityClass.IOPRIO_CLASS_RT),
        IoPriorityClass.IOPRIO_CLASS_BE => nameof(IoPriorityClass.IOPRIO_CLASS_BE),
        IoPriorityClass.IOPRIO_CLASS_IDLE => nameof(IoPriorityClass.IOPRIO_CLASS_IDLE),
        _ => throw NotAValue(value),
    };

    /// <summary>The I/O scheduling class that a name stands for; <see langword="null"/> when there is none.</summary>
    public static IoPriorityClass? ParseIoPriorityClass(string name) => name switch
    {
        nameof(IoPriorityClass.IOPRIO_CLASS_RT) => IoPriorityClass.IOPRIO_CLASS_RT,
        nameof(IoPriorityClass.IOPRIO_CLASS_BE) => IoPriorityClass.IOPRIO_CLASS_BE,
        nameof(IoPriorityClass.IOPRIO_CLASS_IDLE) => IoPriorityClass.IOPRIO_CLASS_IDLE,
        _ => null,
    };

    /// <summary>The name of an execution domain.</summary>
    public static string Of(PersonalityDomain value) => value switch
    {
        PersonalityDomain.LINUX => nameof(PersonalityDomain.LINUX),
        PersonalityDomain.LINUX32 => nameof(PersonalityDomain.LINUX32),
        _ => throw NotAValue(value),
    };

    /// <summary>The execution domain that a name stands for; <see langword="null"/> when there is none.</summary>
    public static PersonalityDomain? ParsePersonalityDomain(string name) => name switch
    {
        nameof(PersonalityDomain.LINUX) => PersonalityDomain.LINUX,
        nameof(PersonalityDomain.LINUX32) => PersonalityDomain.LINUX32,
        _ => null,
    };

    /// <summary>The name of a memory policy.</summary>
    public static string Of(MemoryPolicyMode value) => value switch
    {
        MemoryPolicyMode.MPOL_DEFAULT => nameof(MemoryPolicyMode.MPOL_DEFAULT),
        MemoryPolicyMode.MPOL_PREFERRED => nameof(MemoryPolicyMode.MPOL_PREFERRED),
        MemoryPolicyMode.MPOL_BIND => nameof(MemoryPolicyMode.MPOL_BIND),
        MemoryPolicyMode.MPOL_INTERLEAVE => nameof(MemoryPolicyMode.MPOL_INTERLEAVE),
        MemoryPolicyMode.MPOL_LOCAL => nameof(MemoryPolicyMode.MPOL_LOCAL),
        MemoryPolicyMode.MPOL_PREFERRED_MANY => nameof(MemoryPolicyMode.MPOL_PREFERRED_MANY),
        MemoryPolicyMode.MPOL_WEIGHTED_INTERLEAVE => nameof(MemoryPolicyMode.MPOL_WEIGHTED_INTERLEAVE),
        _ => throw NotAValue(value),
    };

    /// <summary>The memory policy that a name stands for; <see langword="null"/> when there is none.</summary>
    public static MemoryPolicyMode? ParseMemoryPolicyMode(string name) => name switch
    {
        nameof(MemoryPolicyMode.MPOL_DEFAULT) => MemoryPolicyMode.MPOL_DEFAULT,
        nameof(MemoryPolicyMode.MPOL_PREFERRED) => MemoryPolicyMode.MPOL_PREFERRED,
        nameof(MemoryPolicyMode.MPOL_BIND) => MemoryPolicyMode.MPOL_BIND,
        nameof(MemoryPolicyMode.MPOL_INTERLEAVE) => MemoryPolicyMode.MPOL_INTERLEAVE,
        nameof(MemoryPolicyMode.MPOL_LOCAL) => MemoryPolicyMode.MPOL_LOCAL,
        nameof(MemoryPolicyMode.MPOL_PREFERRED_MANY) => MemoryPolicyMode.MPOL_PREFERRED_MANY,
        nameof(MemoryPolicyMode.MPOL_WEIGHTED_INTERLEAVE) => MemoryPolicyMode.MPOL_WEIGHTED_INTERLEAVE,
        _ => null,
    };

    /// <summary>The names of the memory policy flags in a set, in the order of their values.</summary>
    public static string[] Of(MemoryPolicyFlags value)
    {
        List<string> names = [];
        if (value.HasFlag(MemoryPolicyFlags.MPOL_F_NUMA_BALANCING)) names.Add(nameof(MemoryPolicyFlags.MPOL_F_NUMA_BALANCING));
        if (value.HasFlag(MemoryPolicyFlags.MPOL_F_RELATIVE_NODES)) names.Add(nameof(MemoryPolicyFlags.MPOL_F_RELATIVE_NODES));
        if (value.HasFlag(MemoryPolicyFlags.MPOL_F_STATIC_NODES)) names.Add(nameof(MemoryPolicyFlags.MPOL_F_STATIC_NODES));
        return [.. names];
    }

    /// <summary>The memory policy flag that a name stands for; <see langword="null"/> when there is none.</summary>
    public static MemoryPolicyFlags? ParseMemoryPolicyFlags(string name) => name switch
    {
        nameof(MemoryPolicyFlags.MPOL_F_NUMA_BALANCING) => MemoryPolicyFlags.MPOL_F_NUMA_BALANCING,
        nameof(MemoryPolicyFlags.MPOL_F_RELATIVE_NODES) => MemoryPolicyFlags.MPOL_F_RELATIVE_NODES,
        nameof(MemoryPolicyFlags.MPOL_F_STATIC_NODES) => MemoryPolicyFlags.MPOL_F_STATIC_NODES,
        _ => null,
    };
}
