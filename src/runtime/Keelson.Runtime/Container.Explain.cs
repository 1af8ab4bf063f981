using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Containers;

namespace Keelson.Runtime;

public sealed partial class Container
{
    private const int MaximumHeadBytes = 4096;

    /// <summary>Remembers how the container's process ended, for <see cref="Explain"/>. Its parent alone knows.</summary>
    public void RememberEnd(WaitStatus status)
    {
        Lock();
        record.EndStatus = status.Raw;
        directory.Write(record);
    }

    /// <summary>Says in sentences how the container fares or why it ended: status, signal, killed for memory, a program that cannot run.</summary>
    /// <remarks>The exit status is known when <c>run</c> waited for it (<c>--keep</c>) or while nobody has taken it from the kernel yet.</remarks>
    public IReadOnlyList<string> Explain()
    {
        List<string> sentences = [];
        ContainerStatus status = Status;
        sentences.Add($"container {Id} is {StatusName.Of(status)}");
        if (status == ContainerStatus.Stopped) ExplainEnd(sentences);
        ExplainMemory(sentences);
        if (Spec.Process is { Args.Length: > 0 } process && process.Args[0].StartsWith('/')) ExplainProgram(process.Args[0], sentences);
        return sentences;
    }

    private void ExplainEnd(List<string> sentences)
    {
        if ((record.EndStatus ?? ZombieStatus()) is not { } raw)
        {
            sentences.Add("its exit status is not known here: its parent took it");
            return;
        }
        WaitStatus end = new(raw);
        if (end.Signal == 0) sentences.Add($"it left with status {end.ExitCode}");
        else if (end.Signal == Signals.SIGSYS) sentences.Add("it was killed by SIGSYS: its seccomp profile forbids a system call that it made");
        else sentences.Add($"it was killed by {Signals.Name(end.Signal)}");
    }

    /// <summary>The status of a process that has ended and was not waited for. proc_pid_stat(5) field 52.</summary>
    private int? ZombieStatus()
    {
        if (Pid == 0 || Files.TryReadAll($"/proc/{Pid}/stat", out ReadOnlyMemory<byte> text) != Errno.None) return null;
        if (!ProcessStatus.TryParse(text.Span, out ProcessStatus process) || !process.IsDead || process.StartTicks != record.PidStart) return null;
        string line = Encoding.UTF8.GetString(text.Span).TrimEnd();
        return int.TryParse(line.AsSpan(line.LastIndexOf(' ') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int status) ? status : null;
    }

    private void ExplainMemory(List<string> sentences)
    {
        if (Cgroup is not { Directories.Count: > 0 } group) return;
        long killed = group.OomKillCount();
        if (killed == 0) return;
        string limit = Spec.Linux?.Resources?.Memory?.Limit is { } bytes ? $" (the limit at create was {bytes} bytes)" : "";
        sentences.Add($"{killed} of its processes {(killed == 1 ? "was" : "were")} killed because its memory was used up{limit}");
    }

    /// <summary>Tells a program that is missing from one whose interpreter or loader is.</summary>
    private void ExplainProgram(string path, List<string> sentences)
    {
        if (Files.TryOpen(Rootfs, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, out FdHandle? root) != Errno.None)
        {
            sentences.Add($"its root file system {Rootfs} is gone");
            return;
        }
        using (root)
        {
            Errno errno = InRoot(root!, path, out FdHandle? program);
            if (errno != Errno.None)
            {
                if (errno == Errno.ENOENT) sentences.Add($"its program {path} is not in the root file system (it may come from a mount)");
                return;
            }
            using (program)
            {
                if (Interpreter(program!) is not { } interpreter) return;
                errno = InRoot(root!, interpreter, out FdHandle? file);
                file?.Dispose();
                if (errno == Errno.ENOENT) sentences.Add($"its program {path} is there, but the interpreter or loader it names, {interpreter}, is not");
            }
        }
    }

    private static Errno InRoot(FdHandle root, string path, out FdHandle? file) =>
        Files.TryOpenAt2(root.Fd, path.TrimStart('/'), OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS, out file);

    /// <summary>What a program names in its "#!" line, or in its PT_INTERP segment. execve(2), elf(5).</summary>
    private static string? Interpreter(FdHandle program)
    {
        byte[] head = new byte[MaximumHeadBytes];
        if (Files.TryRead(program.Fd, head, out int count) != Errno.None) return null;
        ReadOnlySpan<byte> bytes = head.AsSpan(0, count);
        if (bytes.StartsWith("#!"u8))
        {
            int end = bytes.IndexOf((byte)'\n');
            string line = Encoding.UTF8.GetString(end < 0 ? bytes[2..] : bytes[2..end]).Trim();
            int space = line.AsSpan().IndexOfAny(' ', '\t');
            return space < 0 ? line : line[..space];
        }
        if (count < 64 || !bytes.StartsWith("\u007fELF"u8)) return null;
        ulong headers = BitConverter.ToUInt64(bytes[32..]);
        int size = BitConverter.ToUInt16(bytes[54..]), number = BitConverter.ToUInt16(bytes[56..]);
        for (int i = 0; i < number; i++)
        {
            ulong at = headers + (ulong)(i * size);
            if (at + 56 > (ulong)count) return null;
            ReadOnlySpan<byte> segment = bytes[(int)at..];
            const uint PT_INTERP = 3;
            if (BitConverter.ToUInt32(segment) != PT_INTERP) continue;
            ulong offset = BitConverter.ToUInt64(segment[8..]), length = BitConverter.ToUInt64(segment[32..]);
            return offset + length > (ulong)count || length == 0 ? null : Encoding.UTF8.GetString(bytes.Slice((int)offset, (int)length - 1));
        }
        return null;
    }
}
