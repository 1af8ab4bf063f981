using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Runtime.Plan;

internal sealed unsafe partial class PlanText
{
    private const int MaximumQuoted = 96;

    /// <summary>What the arguments of a call are, one letter each; see <see cref="Argument"/>. A call that is not known shows all its arguments that are not 0.</summary>
    private static string? Signature(Syscall call) => call switch
    {
        Syscall.read => "dpi",
        Syscall.write => "dbi",
        Syscall.close or Syscall.fchdir => "d",
        Syscall.close_range => "iix",
        Syscall.dup3 => "ddx",
        Syscall.lseek => "dii",
        Syscall.fcntl or Syscall.ioctl => "dxa",
        Syscall.openat => "dsO",
        Syscall.openat2 => "dsHi",
        Syscall.open_tree => "dsT",
        Syscall.mount_setattr => "dsAMi",
        Syscall.move_mount => "dsdsx",
        Syscall.fsopen => "si",
        Syscall.fsconfig => "dcssi",
        Syscall.fsmount => "dim",
        Syscall.mount => "sssfs",
        Syscall.umount2 => "sx",
        Syscall.pivot_root => "ss",
        Syscall.chdir or Syscall.chroot => "s",
        Syscall.mkdirat => "dso",
        Syscall.mknodat => "dsox",
        Syscall.symlinkat => "sds",
        Syscall.unlinkat => "dsx",
        Syscall.newfstatat => "dspA",
        Syscall.fstatfs => "dp",
        Syscall.statx => "dsAxp",
        Syscall.readlinkat => "dspi",
        Syscall.faccessat2 => "dsiA",
        Syscall.fchown => "dii",
        Syscall.fchownat => "dsiiA",
        Syscall.getcwd => "pi",
        Syscall.umask => "o",
        Syscall.setsid => "",
        Syscall.unshare => "C",
        Syscall.clone => "K",
        Syscall.setns => "dC",
        Syscall.exit_group => "i",
        Syscall.wait4 => "apxi",
        Syscall.socket => "iii",
        Syscall.sendmsg => "dpx",
        Syscall.recvfrom => "dpix",
        Syscall.sethostname or Syscall.setdomainname => "si",
        Syscall.prctl => "Piaaa",
        Syscall.prlimit64 => "iRpi",
        Syscall.keyctl => "iaa",
        Syscall.seccomp => "ixp",
        Syscall.sched_setattr or Syscall.set_mempolicy => "ipi",
        Syscall.sched_setaffinity => "iip",
        Syscall.ioprio_set or Syscall.setresgid or Syscall.setresuid => "iii",
        Syscall.personality => "x",
        Syscall.setgroups => "ip",
        Syscall.capset => "pp",
        Syscall.rt_sigaction => "gppi",
        Syscall.rt_sigprocmask => "ippi",
        Syscall.memfd_create => "sx",
        Syscall.munmap => "ai",
        Syscall.mremap => "aiixa",
        Syscall.mprotect => "aix",
        Syscall.execve => "svv",
        _ => null,
    };

    private string Arguments(Step* step)
    {
        string signature = Signature((Syscall)step->Number) ?? "aaaaaa";
        int count = signature.Length;
        // Trailing zeros of calls whose number of arguments varies say nothing.
        while (count > 0 && signature[count - 1] == 'a' && step->Arguments[count - 1] == 0) count--;
        StringBuilder arguments = new();
        for (int i = 0; i < count; i++)
        {
            if (i > 0) arguments.Append(", ");
            long value = step->Arguments[i];
            if ((step->SlotArguments >> i & 1) != 0) arguments.Append(SlotName(value));
            else arguments.Append(Argument(signature[i], value, step->Arguments[Math.Min(i + 1, 5)]));
        }
        return arguments.ToString();
    }

    private string Argument(char kind, long value, long next) => kind switch
    {
        'd' => Descriptor(value),
        's' => value == 0 ? "NULL" : Quote(Marshal.PtrToStringUTF8((nint)value)!),
        'b' => Quote(Encoding.UTF8.GetString(new ReadOnlySpan<byte>((void*)value, (int)Math.Min(next, 4096))), value),
        'v' => Vector((nint*)value),
        'p' => value == 0 ? "NULL" : NewMemoryName(value),
        'o' => "0" + Convert.ToString(value, 8),
        'x' => value == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"),
        'O' => Flags((OpenFlags)(int)value),
        'T' => Flags((OpenTreeFlags)(int)value),
        'A' => AtFlags(value),
        'm' => Flags((MountAttributeFlags)value),
        'M' => Attributes((MountAttributes*)value),
        'H' => How((OpenHow*)value),
        'C' => Flags((CloneFlags)value),
        'K' => $"{Flags((CloneFlags)(value & ~0xff))}|{Signals.Name((int)(value & 0xff))}",
        'f' => MountFlags(value),
        'c' => value switch { 0 => "FSCONFIG_SET_FLAG", 1 => "FSCONFIG_SET_STRING", 6 => "FSCONFIG_CMD_CREATE", _ => Number(value) },
        'P' => Control(value),
        'R' => ((RlimitKind)(int)value).ToString(),
        'g' => Signals.Name((int)value),
        'i' => value.ToString(CultureInfo.InvariantCulture),
        _ => Automatic(value),
    };

    private string Descriptor(long value) =>
        value == Files.AT_FDCWD ? "AT_FDCWD" : descriptors.TryGetValue((int)value, out string? name) ? $"<{name}>" : value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A number, or what is at an address of the plan: a text, or else a piece of memory.</summary>
    private string Automatic(long value)
    {
        if (!plan.Contains(value)) return Number(value);
        string text = Marshal.PtrToStringUTF8((nint)value)!;
        return text.Length > 0 && IsReadable(text) ? Quote(text) : NewMemoryName(value);
    }

    private static bool IsReadable(string text)
    {
        foreach (char c in text)
            if (char.IsControl(c) || c == '\ufffd')
                return false;
        return true;
    }

    private string Quote(string text, long address = 0)
    {
        if (!IsReadable(text) && address != 0) return NewMemoryName(address);
        string shown = text.Length > MaximumQuoted ? string.Concat(text.AsSpan(0, MaximumQuoted), "…") : text;
        return "\"" + shown.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
    }

    private string Vector(nint* vector)
    {
        const int most = 4;
        string items = "";
        int count = 0;
        for (; vector[count] != 0; count++)
            if (count < most)
                items += (count == 0 ? "" : ", ") + Quote(Marshal.PtrToStringUTF8(vector[count])!);
        return count > most ? $"[{items}, … {count}]" : $"[{items}]";
    }

    private static string Flags(Enum value) => value.ToString("f") is "None" ? "0" : value.ToString("f").Replace(", ", "|", StringComparison.Ordinal);

    private static string AtFlags(long value)
    {
        string names = "";
        foreach ((long bit, string name) in (ReadOnlySpan<(long, string)>)[(0x100, "AT_SYMLINK_NOFOLLOW"), (0x200, "AT_EACCESS"), (0x1000, "AT_EMPTY_PATH"), (0x8000, "AT_RECURSIVE")])
        {
            if ((value & bit) == 0) continue;
            names += (names.Length == 0 ? "" : "|") + name;
            value &= ~bit;
        }
        return value != 0 || names.Length == 0 ? names + (names.Length == 0 ? "" : "|") + Number(value) : names;
    }

    private static string Attributes(MountAttributes* attributes)
    {
        string parts = "";
        if (attributes->Set != 0) parts += ", set " + Flags(attributes->Set);
        if (attributes->Clear != 0) parts += ", clear " + Flags(attributes->Clear);
        if (attributes->Propagation != 0) parts += ", " + attributes->Propagation;
        return "{" + (parts.Length == 0 ? "" : parts[2..]) + "}";
    }

    private static string How(OpenHow* how)
    {
        string mode = how->Mode == 0 ? "" : ", 0" + Convert.ToString((long)how->Mode, 8);
        return $"{{{Flags((OpenFlags)how->Flags)}{mode}, {Flags((ResolveFlags)how->Resolve)}}}";
    }

    private static string MountFlags(long value)
    {
        const long MS_MOVE = 8192, MS_REC = 16384;
        MountPropagation propagation = (MountPropagation)(value & ~(MS_MOVE | MS_REC));
        string names = (value & MS_MOVE) != 0 ? "|MS_MOVE" : "";
        if (propagation != 0) names += "|" + propagation;
        if ((value & MS_REC) != 0) names += "|MS_REC";
        return names.Length == 0 ? "0" : names[1..];
    }

    private static string Control(long option) => option switch
    {
        1 => "PR_SET_PDEATHSIG",
        4 => "PR_SET_DUMPABLE",
        8 => "PR_SET_KEEPCAPS",
        24 => "PR_CAPBSET_DROP",
        35 => "PR_SET_MM",
        38 => "PR_SET_NO_NEW_PRIVS",
        47 => "PR_CAP_AMBIENT",
        _ => Number(option),
    };
}
