using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Keelson.Linux.Tests;

/// <summary>Asks the C compiler what the headers of Linux and of libc say.</summary>
internal static class CHeaders
{
    /// <summary>
    /// Every header that declares a number or a structure of ours. Those of libc and of the kernel define some structures twice, so they are
    /// compiled apart; what the first world does not know is looked for in the second.
    /// </summary>
    private static readonly string[][] Worlds =
    [
        [
            "stddef.h", "elf.h", "fcntl.h", "poll.h", "signal.h", "sched.h", "spawn.h", "unistd.h", "dirent.h", "errno.h", "termios.h", "sys/epoll.h", "sys/eventfd.h", "sys/file.h",
            "sys/inotify.h", "sys/ioctl.h", "sys/mman.h", "sys/mount.h", "sys/personality.h", "sys/prctl.h", "sys/ptrace.h", "sys/resource.h",
            "sys/signalfd.h", "sys/socket.h", "sys/stat.h", "sys/syscall.h", "sys/sysmacros.h", "sys/timerfd.h", "sys/uio.h", "sys/un.h", "sys/utsname.h",
            "sys/vfs.h", "sys/wait.h", "sys/xattr.h", "linux/audit.h", "linux/bpf.h", "linux/capability.h", "linux/close_range.h", "linux/filter.h",
            "linux/if.h", "linux/if_link.h", "linux/ioprio.h", "linux/kcmp.h", "linux/keyctl.h", "linux/landlock.h", "linux/loop.h", "linux/magic.h", "linux/mempolicy.h",
            "linux/neighbour.h", "linux/netfilter.h", "linux/netfilter/nf_tables.h", "linux/netfilter/nfnetlink.h", "linux/netlink.h", "linux/nsfs.h", "linux/openat2.h", "linux/pkt_sched.h", "linux/rtnetlink.h", "linux/seccomp.h", "linux/securebits.h", "linux/veth.h",
        ],
        [
            "stddef.h", "linux/fcntl.h", "linux/fs.h", "linux/memfd.h", "linux/mount.h", "linux/pidfd.h", "linux/quota.h", "linux/sched.h", "linux/sched/types.h", "linux/stat.h",
            "linux/tty.h", "linux/wait.h", "asm/termbits.h", "asm/ioctls.h", "asm/signal.h",
        ],
    ];

    /// <summary>The values of those expressions that compile; the others are missing from the answer.</summary>
    /// <param name="expressions">Constant integer expressions of C, such as <c>O_PATH</c> or <c>sizeof(struct stat)</c>.</param>
    /// <param name="inKernelsWorld">Only what the kernel's own headers say, where libc uses a name for something else.</param>
    public static Dictionary<string, long> Evaluate(IEnumerable<string> expressions, bool inKernelsWorld = false)
    {
        List<string> wanted = [.. expressions.Distinct(StringComparer.Ordinal)];
        Dictionary<string, long> values = new(StringComparer.Ordinal);
        foreach (string[] includes in inKernelsWorld ? Worlds[1..] : Worlds)
        {
            foreach ((string expression, long value) in Evaluate(wanted, includes)) values.Add(expression, value);
            wanted.RemoveAll(values.ContainsKey);
        }
        return values;
    }

    private static Dictionary<string, long> Evaluate(List<string> expressions, string[] includes)
    {
        if (expressions.Count == 0) return [];
        DirectoryInfo folder = Directory.CreateTempSubdirectory("keelson-headers-");
        try
        {
            string source = Path.Combine(folder.FullName, "values.c"), program = Path.Combine(folder.FullName, "values");
            List<string> known = [.. expressions.Except(Refused(source, program, includes, expressions), StringComparer.Ordinal)];
            string[] wrong = [.. Refused(source, program, includes, known)];
            Assert.True(wrong.Length == 0, $"gcc refuses {string.Join(", ", wrong)}");
            string[] lines = Run(program, [], out int code).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(0, code);
            Assert.Equal(known.Count, lines.Length);
            return Enumerable.Range(0, lines.Length).ToDictionary(i => known[i], i => long.Parse(lines[i], CultureInfo.InvariantCulture), StringComparer.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Compiles a program that prints the expressions and gives back those that the compiler found fault with.</summary>
    private static List<string> Refused(string source, string program, string[] includes, List<string> expressions)
    {
        StringBuilder text = new("#define _GNU_SOURCE\n");
        foreach (string include in includes) text.Append(CultureInfo.InvariantCulture, $"#if __has_include(<{include}>)\n#include <{include}>\n#endif\n");
        text.Append("#include <stdio.h>\nint main(void) {\n#line 1 \"expressions\"\n");
        foreach (string expression in expressions) text.Append(CultureInfo.InvariantCulture, $"printf(\"%lld\\n\", (long long)({expression}));\n");
        text.Append("return 0; }\n");
        File.WriteAllText(source, text.ToString());
        string complaints = Run("gcc", ["-fmax-errors=0", "-fno-diagnostics-color", "-o", program, source], out int code);
        List<string> refused = [];
        foreach (string line in complaints.Split('\n'))
        {
            string[] parts = line.Split(':');
            if (parts is ["expressions", { } number, _, " error", ..]) refused.Add(expressions[int.Parse(number, CultureInfo.InvariantCulture) - 1]);
        }
        Assert.True(code == 0 || refused.Count > 0, complaints);
        return refused;
    }

    private static string Run(string program, string[] arguments, out int code)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["LC_ALL"] = "C" } };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        code = process.ExitCode;
        return output + errors.GetAwaiter().GetResult();
    }
}
