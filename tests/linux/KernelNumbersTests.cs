using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Keelson.Linux.Tests;

/// <summary>Constants that carry a kernel name have the kernel's value: all of them, in every library, public or not.</summary>
public partial class KernelNumbersTests
{
    /// <summary>Names of ours for numbers that the kernel calls otherwise.</summary>
    private static readonly Dictionary<string, string> Translations = new(StringComparer.Ordinal)
    {
        ["ForgetBinarySteps.MREMAP_MAYMOVE_FIXED"] = "MREMAP_MAYMOVE | MREMAP_FIXED",
        ["ForgetBinarySteps.PROT_READ_EXEC"] = "PROT_READ | PROT_EXEC",
        ["LockOperation.Shared"] = "LOCK_SH",
        ["LockOperation.Exclusive"] = "LOCK_EX",
        ["LockOperation.NonBlocking"] = "LOCK_NB",
        ["LockOperation.Unlock"] = "LOCK_UN",
        ["MountSteps.MOVE_MOUNT_BOTH_EMPTY"] = "MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH",
        ["NamespaceSteps.IFF_UP_RUNNING"] = "IFF_UP | IFF_RUNNING",
        ["SeccompProgram.NEW_LISTENER"] = "SECCOMP_FILTER_FLAG_NEW_LISTENER",
        ["SeccompProgram.TSYNC_ESRCH"] = "SECCOMP_FILTER_FLAG_TSYNC_ESRCH",
        ["SeccompReturn.ActionMask"] = "SECCOMP_RET_ACTION_FULL",
        ["SeccompReturn.Allow"] = "SECCOMP_RET_ALLOW",
        ["IpvlanFlag.Private"] = "IPVLAN_F_PRIVATE",
        ["IpvlanFlag.Vepa"] = "IPVLAN_F_VEPA",
        ["IpvlanMode.L3"] = "IPVLAN_MODE_L3",
        ["IpvlanMode.L3S"] = "IPVLAN_MODE_L3S",
        ["MacvlanMode.Bridge"] = "MACVLAN_MODE_BRIDGE",
        ["MacvlanMode.Passthru"] = "MACVLAN_MODE_PASSTHRU",
        ["MacvlanMode.Private"] = "MACVLAN_MODE_PRIVATE",
        ["MacvlanMode.Vepa"] = "MACVLAN_MODE_VEPA",
        ["SeccompReturn.Errno"] = "SECCOMP_RET_ERRNO",
        ["SeccompReturn.KillProcess"] = "SECCOMP_RET_KILL_PROCESS",
        ["SeccompReturn.KillThread"] = "SECCOMP_RET_KILL_THREAD",
        ["SeccompReturn.Log"] = "SECCOMP_RET_LOG",
        ["SeccompReturn.Notify"] = "SECCOMP_RET_USER_NOTIF",
        ["SeccompReturn.Trace"] = "SECCOMP_RET_TRACE",
        ["SeccompReturn.Trap"] = "SECCOMP_RET_TRAP",
    };

    /// <summary>Constants that look like the kernel's and stand in no header that programs can include, or in newer headers than Debian 12 has.</summary>
    private static readonly HashSet<string> InNoHeader = new(StringComparer.Ordinal)
    {
        "MFD_EXEC", // Linux 6.3
    };

    /// <summary>System calls from this number on are newer than the headers of Debian 12.</summary>
    private const int FirstNewSyscall = 451;

    [Fact]
    public void Constants_with_a_kernel_name_have_the_value_of_the_headers()
    {
        List<(string Where, string Name, long Value)> ours = [.. Constants()];
        Dictionary<string, long> theirs = CHeaders.Evaluate(ours.Select(c => c.Name));

        List<string> wrong = [];
        foreach ((string where, string name, long value) in ours)
        {
            if (theirs.TryGetValue(name, out long expected))
            {
                if (value != expected) wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{where} is {value}, {name} is {expected}"));
            }
            else if (!InNoHeader.Contains(name) && !(name.StartsWith("SYS_", StringComparison.Ordinal) && value >= FirstNewSyscall))
            {
                wrong.Add($"{where}: no header declares {name}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(theirs.Count > 500, $"only {theirs.Count} constants were compared");
    }

    [Fact]
    public void A_wrong_number_is_noticed()
    {
        Dictionary<string, long> theirs = CHeaders.Evaluate(["ENOENT", "NO_SUCH_CONSTANT", "sizeof(struct stat)"]);
        Assert.Equal(2, theirs["ENOENT"]);
        Assert.Equal(144, theirs["sizeof(struct stat)"]);
        Assert.DoesNotContain("NO_SUCH_CONSTANT", theirs.Keys);
    }

    [Fact]
    public void Members_of_the_kernels_enums_carry_kernel_names()
    {
        string[] unknown =
        [
            .. KernelEnums().SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public)
                .Where(member => Convert.ToInt64(member.GetRawConstantValue(), CultureInfo.InvariantCulture) != 0 && KernelName(type, member.Name) is null)
                .Select(member => $"{type.Name}.{member.Name}")),
        ];
        Assert.True(unknown.Length == 0, $"not a kernel name and not among the translations: {string.Join(", ", unknown)}");
    }

    [Fact]
    public void Every_translation_and_every_exception_has_its_constant()
    {
        HashSet<string> places = [.. Constants().Select(c => c.Where)], names = [.. Constants().Select(c => c.Name)];
        Assert.Empty(Translations.Keys.Except(places));
        Assert.Empty(InNoHeader.Except(names));
    }

    private static IEnumerable<Type> Types() => OurAssemblies.All.SelectMany(assembly => assembly.GetTypes());

    private static IEnumerable<Type> KernelEnums() => Types().Where(type => type.IsEnum && (type.Namespace is "Keelson.Linux.Sys" or "Keelson.Netlink" || type == typeof(Errno)));

    private static IEnumerable<(string Where, string Name, long Value)> Constants()
    {
        foreach (Type type in Types())
        {
            if (type.Name.StartsWith('<') || (type.IsEnum && !KernelEnums().Contains(type))) continue;
            foreach (FieldInfo field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (!field.IsLiteral || KernelName(type, field.Name) is not { } name || field.GetRawConstantValue() is not { } raw) continue;
                if (raw is string or bool or double or float or char) continue;
                yield return ($"{type.Name}.{field.Name}", name, raw is ulong wide ? unchecked((long)wide) : Convert.ToInt64(raw, CultureInfo.InvariantCulture));
            }
        }
    }

    private static string? KernelName(Type type, string name)
    {
        if (type == typeof(Sys.Syscall)) return "SYS_" + name;
        if (Translations.TryGetValue($"{type.Name}.{name}", out string? translated)) return translated;
        bool isErrno = type == typeof(Errno) && name != nameof(Errno.None);
        return isErrno || LooksLikeTheKernels().IsMatch(name) ? name : null;
    }

    [GeneratedRegex("^(SIG[A-Z0-9]+|[A-Z][A-Z0-9]*_[A-Z0-9_]+|E[A-Z0-9]{3,}|POLL[A-Z]+|T[A-Z]*IO[A-Z]+|NS_[A-Z_]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex LooksLikeTheKernels();
}
