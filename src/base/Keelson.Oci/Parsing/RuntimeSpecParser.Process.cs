namespace Keelson.Oci;

public static partial class RuntimeSpecParser
{
    internal static ProcessSpec ReadProcess(ref SpecReader r)
    {
        ProcessSpec process = new();
        string? cwd = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("args"u8)) process.Args = r.Strings();
            else if (r.Is("env"u8)) process.Env = r.Strings();
            else if (r.Is("cwd"u8)) cwd = r.String();
            else if (r.Is("user"u8)) process.User = r.Optional(ReadUser) ?? new UserSpec();
            else if (r.Is("terminal"u8)) process.Terminal = r.Bool() ?? false;
            else if (r.Is("consoleSize"u8)) process.ConsoleSize = r.Optional(ReadConsoleSize);
            else if (r.Is("capabilities"u8)) process.Capabilities = r.Optional(ReadCapabilities);
            else if (r.Is("rlimits"u8)) process.Rlimits = r.Array(ReadRlimit);
            else if (r.Is("noNewPrivileges"u8)) process.NoNewPrivileges = r.Bool() ?? false;
            else if (r.Is("apparmorProfile"u8)) process.ApparmorProfile = r.String();
            else if (r.Is("oomScoreAdj"u8)) process.OomScoreAdj = r.Int32();
            else if (r.Is("selinuxLabel"u8)) process.SelinuxLabel = r.String();
            else if (r.Is("ioPriority"u8)) process.IoPriority = r.Optional(ReadIoPriority);
            else if (r.Is("scheduler"u8)) process.Scheduler = r.Optional(ReadScheduler);
            else if (r.Is("execCPUAffinity"u8)) process.ExecCpuAffinity = r.Optional(ReadExecCpuAffinity);
            else r.Skip();
        }
        process.Cwd = r.Required(cwd, "cwd");
        return process;
    }

    private static UserSpec ReadUser(ref SpecReader r)
    {
        UserSpec user = new();
        uint? uid = null, gid = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("uid"u8)) uid = r.UInt32();
            else if (r.Is("gid"u8)) gid = r.UInt32();
            else if (r.Is("umask"u8)) user.Umask = r.UInt32();
            else if (r.Is("additionalGids"u8)) user.AdditionalGids = r.Array(ReadId);
            else if (r.Is("username"u8)) user.Username = r.String();
            else r.Skip();
        }
        user.Uid = r.Required(uid, "uid");
        user.Gid = r.Required(gid, "gid");
        return user;
    }

    private static uint ReadId(ref SpecReader r) => r.UInt32() ?? throw r.Fail("is null, not a whole number");

    private static ConsoleSize ReadConsoleSize(ref SpecReader r)
    {
        uint? height = null, width = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("height"u8)) height = r.UInt32();
            else if (r.Is("width"u8)) width = r.UInt32();
            else r.Skip();
        }
        return new ConsoleSize { Height = r.Required(height, "height"), Width = r.Required(width, "width") };
    }

    private static CapabilitySets ReadCapabilities(ref SpecReader r)
    {
        CapabilitySets sets = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("bounding"u8)) sets.Bounding = r.OptionalStrings();
            else if (r.Is("effective"u8)) sets.Effective = r.OptionalStrings();
            else if (r.Is("inheritable"u8)) sets.Inheritable = r.OptionalStrings();
            else if (r.Is("permitted"u8)) sets.Permitted = r.OptionalStrings();
            else if (r.Is("ambient"u8)) sets.Ambient = r.OptionalStrings();
            else r.Skip();
        }
        return sets;
    }

    private static RlimitSpec ReadRlimit(ref SpecReader r)
    {
        RlimitKind? type = null;
        ulong? soft = null, hard = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("type"u8)) type = r.Name(SpecNames.ParseRlimitKind, "a resource limit");
            else if (r.Is("soft"u8)) soft = r.UInt64();
            else if (r.Is("hard"u8)) hard = r.UInt64();
            else r.Skip();
        }
        return new RlimitSpec { Type = r.Required(type, "type"), Soft = r.Required(soft, "soft"), Hard = r.Required(hard, "hard") };
    }

    private static IoPrioritySpec ReadIoPriority(ref SpecReader r)
    {
        IoPriorityClass? priorityClass = null;
        int? priority = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("class"u8)) priorityClass = r.Name(SpecNames.ParseIoPriorityClass, "an I/O scheduling class");
            else if (r.Is("priority"u8)) priority = r.Int32();
            else r.Skip();
        }
        return new IoPrioritySpec { Class = r.Required(priorityClass, "class"), Priority = r.Required(priority, "priority") };
    }

    private static SchedulerSpec ReadScheduler(ref SpecReader r)
    {
        SchedulerSpec scheduler = new();
        SchedulerPolicy? policy = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("policy"u8)) policy = r.Name(SpecNames.ParseSchedulerPolicy, "a scheduling policy");
            else if (r.Is("nice"u8)) scheduler.Nice = r.Int32() ?? 0;
            else if (r.Is("priority"u8)) scheduler.Priority = r.Int32() ?? 0;
            else if (r.Is("flags"u8)) scheduler.Flags = ReadSchedulerFlags(ref r);
            else if (r.Is("runtime"u8)) scheduler.Runtime = r.UInt64() ?? 0;
            else if (r.Is("deadline"u8)) scheduler.Deadline = r.UInt64() ?? 0;
            else if (r.Is("period"u8)) scheduler.Period = r.UInt64() ?? 0;
            else r.Skip();
        }
        scheduler.Policy = r.Required(policy, "policy");
        return scheduler;
    }

    private static SchedulerFlags ReadSchedulerFlags(ref SpecReader r)
    {
        SchedulerFlags flags = 0;
        foreach (SchedulerFlags flag in r.Array(static (ref e) => e.ElementName(SpecNames.ParseSchedulerFlags, "a scheduling flag"))) flags |= flag;
        return flags;
    }

    private static ExecCpuAffinity ReadExecCpuAffinity(ref SpecReader r)
    {
        ExecCpuAffinity affinity = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("initial"u8)) affinity.Initial = r.String();
            else if (r.Is("final"u8)) affinity.Final = r.String();
            else r.Skip();
        }
        return affinity;
    }
}
