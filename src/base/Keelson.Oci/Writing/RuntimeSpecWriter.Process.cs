using System.Text.Json;

namespace Keelson.Oci;

public static partial class RuntimeSpecWriter
{
    private static void WriteProperties(Utf8JsonWriter json, ProcessSpec process)
    {
        json.Flag("terminal"u8, process.Terminal);
        json.Object("consoleSize"u8, process.ConsoleSize, static (json, size) =>
        {
            json.WriteNumber("height"u8, size.Height);
            json.WriteNumber("width"u8, size.Width);
        });
        json.Object("user"u8, process.User, WriteProperties);
        json.Strings("args"u8, process.Args);
        json.Strings("env"u8, process.Env);
        json.WriteString("cwd"u8, process.Cwd);
        json.Object("capabilities"u8, process.Capabilities, static (json, sets) =>
        {
            json.OptionalStrings("bounding"u8, sets.Bounding);
            json.OptionalStrings("effective"u8, sets.Effective);
            json.OptionalStrings("inheritable"u8, sets.Inheritable);
            json.OptionalStrings("permitted"u8, sets.Permitted);
            json.OptionalStrings("ambient"u8, sets.Ambient);
        });
        json.Objects("rlimits"u8, process.Rlimits, static (json, rlimit) =>
        {
            json.WriteString("type"u8, SpecNames.Of(rlimit.Type));
            json.WriteNumber("hard"u8, rlimit.Hard);
            json.WriteNumber("soft"u8, rlimit.Soft);
        });
        json.Flag("noNewPrivileges"u8, process.NoNewPrivileges);
        json.String("apparmorProfile"u8, process.ApparmorProfile);
        json.Number("oomScoreAdj"u8, process.OomScoreAdj);
        json.String("selinuxLabel"u8, process.SelinuxLabel);
        json.Object("ioPriority"u8, process.IoPriority, static (json, io) =>
        {
            json.WriteString("class"u8, SpecNames.Of(io.Class));
            json.WriteNumber("priority"u8, io.Priority);
        });
        json.Object("scheduler"u8, process.Scheduler, WriteProperties);
        json.Object("execCPUAffinity"u8, process.ExecCpuAffinity, static (json, affinity) =>
        {
            json.String("initial"u8, affinity.Initial);
            json.String("final"u8, affinity.Final);
        });
    }

    private static void WriteProperties(Utf8JsonWriter json, UserSpec user)
    {
        json.WriteNumber("uid"u8, user.Uid);
        json.WriteNumber("gid"u8, user.Gid);
        json.Number("umask"u8, (ulong?)user.Umask);
        if (user.AdditionalGids.Length > 0)
        {
            json.WriteStartArray("additionalGids"u8);
            foreach (uint gid in user.AdditionalGids) json.WriteNumberValue(gid);
            json.WriteEndArray();
        }
        json.String("username"u8, user.Username);
    }

    private static void WriteProperties(Utf8JsonWriter json, SchedulerSpec scheduler)
    {
        json.WriteString("policy"u8, SpecNames.Of(scheduler.Policy));
        if (scheduler.Nice != 0) json.WriteNumber("nice"u8, scheduler.Nice);
        if (scheduler.Priority != 0) json.WriteNumber("priority"u8, scheduler.Priority);
        json.Strings("flags"u8, SpecNames.Of(scheduler.Flags));
        if (scheduler.Runtime != 0) json.WriteNumber("runtime"u8, scheduler.Runtime);
        if (scheduler.Deadline != 0) json.WriteNumber("deadline"u8, scheduler.Deadline);
        if (scheduler.Period != 0) json.WriteNumber("period"u8, scheduler.Period);
    }
}
