namespace Keelson.Oci;

public static partial class RuntimeSpecValidator
{
    private static void CheckSeccomp(SeccompProfile profile, string prefix, SpecFindings found)
    {
        if (profile.DefaultAction == SeccompAction.SCMP_ACT_NOTIFY)
            found.Error(prefix + "defaultAction", "is SCMP_ACT_NOTIFY, which would stop the start itself; use it in rules");
        CheckErrno(profile.DefaultAction, profile.DefaultErrnoRet, prefix + "defaultErrnoRet", found);
        if (profile.ListenerMetadata is not null && profile.ListenerPath is null) found.Error(prefix + "listenerMetadata", "needs listenerPath");
        for (int i = 0; i < profile.Syscalls.Length; i++)
        {
            SeccompRule rule = profile.Syscalls[i];
            if (rule.Names.Length == 0) found.Error($"{prefix}syscalls[{i}].names", "is empty");
            for (int j = 0; j < rule.Names.Length; j++)
                if (rule.Names[j].Length == 0) found.Error($"{prefix}syscalls[{i}].names[{j}]", "is empty");
            if (rule.Action == SeccompAction.SCMP_ACT_NOTIFY && profile.ListenerPath is null)
                found.Error($"{prefix}syscalls[{i}].action", "is SCMP_ACT_NOTIFY, which needs listenerPath");
            CheckErrno(rule.Action, rule.ErrnoRet, $"{prefix}syscalls[{i}].errnoRet", found);
            for (int j = 0; j < rule.Args.Length; j++)
                if (rule.Args[j].Index > 5) found.Error($"{prefix}syscalls[{i}].args[{j}].index", $"{rule.Args[j].Index} is not between 0 and 5");
        }
    }

    // seccomp(2): 16 bits of data; an error number is at most 4095 (MAX_ERRNO).
    private static void CheckErrno(SeccompAction action, uint? errno, string path, SpecFindings found)
    {
        if (errno is null) return;
        if (action is not (SeccompAction.SCMP_ACT_ERRNO or SeccompAction.SCMP_ACT_TRACE)) found.Error(path, $"is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not for {SpecNames.Of(action)}");
        else if (errno > (action == SeccompAction.SCMP_ACT_ERRNO ? 4095u : 65535u)) found.Error(path, $"{errno} is too large");
    }
}
