using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>User namespaces that only serve as mappings, as mount_setattr(2) MOUNT_ATTR_IDMAP takes one. user_namespaces(7).</summary>
/// <remarks>
/// A namespace is made by a process that is in it, so one is cloned for the moment. It shares the memory of this process, which a daemon is too large to
/// have copied, and therefore runs a few instructions of its own on a stack of its own and never a line of .NET or libc.
/// </remarks>
public static unsafe partial class UserNamespaces
{
    private const int PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20, PageBytes = 4096, StackBytes = 8 * PageBytes;

    [LibraryImport("libc", SetLastError = true)]
    private static partial byte* mmap(nint address, nint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(byte* address, nint length, int protection);

    [LibraryImport("libc")]
    private static partial int munmap(byte* address, nint length);

    /// <summary>
    /// <code>
    /// start:  mov eax, clone3; syscall          ; rdi: clone_args, rsi: their size
    ///         test eax, eax; jnz parent
    ///         mov edi, PR_SET_PDEATHSIG; mov esi, SIGKILL; mov eax, prctl; syscall
    /// wait:   mov eax, pause; syscall; jmp wait
    /// parent: ret
    /// </code>
    /// </summary>
    private static ReadOnlySpan<byte> Code =>
    [
        0xb8, 0xb3, 0x01, 0, 0, 0x0f, 0x05, 0x85, 0xc0, 0x75, 0x1a,
        0xbf, 1, 0, 0, 0, 0xbe, 9, 0, 0, 0, 0xb8, 157, 0, 0, 0, 0x0f, 0x05,
        0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7,
        0xc3,
    ];

    /// <summary>Whether this process is in the machine's first user namespace, which maps all IDs to themselves.</summary>
    /// <exception cref="LinuxException">The mapping cannot be read.</exception>
    public static bool IsInitial()
    {
        Errno errno = Files.TryReadAll("/proc/self/uid_map", out ReadOnlyMemory<byte> text);
        // A kernel without user namespaces has no such file.
        if (errno == Errno.ENOENT) return true;
        errno.ThrowIfError("read", "/proc/self/uid_map");
        ReadOnlySpan<byte> map = text.Span.Trim(" \n"u8);
        return map.StartsWith("0 "u8) && map.EndsWith(" 4294967295"u8) && map.Count((byte)'\n') == 0;
    }

    /// <summary>Makes a user namespace with the given mappings. It lives as long as the descriptor.</summary>
    /// <param name="userMap">Contents of its <c>uid_map</c>: lines of first ID inside, first ID outside, count.</param>
    /// <param name="groupMap">Contents of its <c>gid_map</c>.</param>
    /// <param name="handle">The namespace, owned by the caller.</param>
    /// <returns>ENOSPC: there are too many namespaces. EINVAL: the kernel refuses the mappings. EPERM, EACCES: the caller may not.</returns>
    public static Errno TryMake(string userMap, string groupMap, out FdHandle? handle)
    {
        handle = null;
        byte* memory = mmap(0, PageBytes + StackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if ((nint)memory == -1) return Outcome.Of(-1);
        try
        {
            Code.CopyTo(new Span<byte>(memory, PageBytes));
            Errno errno = Outcome.Of(mprotect(memory, PageBytes, PROT_READ | PROT_EXEC));
            if (errno != Errno.None) return errno;
            int pidFd = -1;
            CloneArguments arguments = new()
            {
                Flags = (ulong)(CloneFlags.CLONE_VM | CloneFlags.CLONE_PIDFD | CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_CLEAR_SIGHAND),
                PidFd = (ulong)&pidFd,
                Stack = (ulong)(memory + PageBytes),
                StackSize = StackBytes,
            };
            long pid = ((delegate* unmanaged<CloneArguments*, nint, long>)memory)(&arguments, sizeof(CloneArguments));
            if (pid < 0) return (Errno)(int)-pid;
            using FdHandle process = new(pidFd);
            try
            {
                return TryMap((int)pid, userMap, groupMap, out handle);
            }
            finally
            {
                _ = Processes.TrySignal(pidFd, Signals.SIGKILL);
                _ = Processes.TryWait((int)pid, out _, out _);
            }
        }
        finally
        {
            _ = munmap(memory, PageBytes + StackBytes);
        }
    }

    private static Errno TryMap(int pid, string userMap, string groupMap, out FdHandle? handle)
    {
        handle = null;
        Errno errno = Files.TryWriteFile($"/proc/{pid}/uid_map", System.Text.Encoding.ASCII.GetBytes(userMap));
        if (errno == Errno.None) errno = Files.TryWriteFile($"/proc/{pid}/gid_map", System.Text.Encoding.ASCII.GetBytes(groupMap));
        return errno != Errno.None ? errno : Files.TryOpen($"/proc/{pid}/ns/user", OpenFlags.O_RDONLY, out handle);
    }

    /// <summary><c>struct clone_args</c>. clone3(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CloneArguments
    {
        public ulong Flags, PidFd, ChildTid, ParentTid, ExitSignal, Stack, StackSize, Tls, SetTid, SetTidSize, Cgroup;
    }
}
