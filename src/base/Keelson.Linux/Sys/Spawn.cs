using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Starts programs. posix_spawn(3).</summary>
public static unsafe partial class Spawn
{
    private const short POSIX_SPAWN_SETSIGDEF = 4, POSIX_SPAWN_SETSIGMASK = 8, POSIX_SPAWN_SETSID = 0x80;
    private const int OpaqueBytes = 512, SignalSetBytes = 128, CopiesFrom = 64;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn(int* pid, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, int fd, int target);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addchdir_np(byte* actions, string path);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(byte* attributes, byte* mask);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* signals);

    /// <summary>Starts a program as a child of this process, with no signal ignored.</summary>
    /// <param name="path">Absolute path of the program.</param>
    /// <param name="arguments">From argv[0] on.</param>
    /// <param name="environment">All of its variables, each <c>NAME=VALUE</c>.</param>
    /// <param name="descriptors">
    /// Its descriptors: number <c>i</c> there is a copy of the i-th here. They stay open here, and everything else that is close-on-exec is closed there.
    /// </param>
    /// <param name="directory">Its working directory; <see langword="null"/> for the caller's.</param>
    /// <param name="newSession">It leads a session of its own. setsid(2).</param>
    /// <param name="pid">Its process ID; 0 on an error.</param>
    /// <param name="blockedSignals">Signals that all its threads block: bit n-1 stands for signal n. None by default.</param>
    /// <returns>ENOENT: there is no such program.</returns>
    public static Errno TryStart(string path, ReadOnlySpan<string> arguments, ReadOnlySpan<string> environment, ReadOnlySpan<int> descriptors, string? directory, bool newSession, out int pid,
        ulong blockedSignals = 0)
    {
        byte* actions = stackalloc byte[OpaqueBytes], attributes = stackalloc byte[OpaqueBytes], signals = stackalloc byte[SignalSetBytes];
        byte** argv = Vector(arguments), envp = Vector(environment);
        FdHandle?[] copies = new FdHandle?[descriptors.Length];
        int started = 0;
        Errno errno = (Errno)posix_spawn_file_actions_init(actions);
        if (errno == Errno.None) errno = (Errno)posix_spawnattr_init(attributes);
        try
        {
            // A copy with a high number cannot be overwritten by an earlier target.
            for (int i = 0; i < descriptors.Length && errno == Errno.None; i++)
            {
                errno = Files.TryDuplicate(descriptors[i], out copies[i], CopiesFrom);
                if (errno == Errno.None) errno = (Errno)posix_spawn_file_actions_adddup2(actions, copies[i]!.Fd, i);
            }
            if (errno == Errno.None && directory is not null) errno = (Errno)posix_spawn_file_actions_addchdir_np(actions, directory);
            new Span<byte>(signals, SignalSetBytes).Clear();
            *(ulong*)signals = blockedSignals;
            if (errno == Errno.None) errno = (Errno)posix_spawnattr_setsigmask(attributes, signals);
            new Span<byte>(signals, sizeof(ulong)).Fill(0xff);
            if (errno == Errno.None) errno = (Errno)posix_spawnattr_setsigdefault(attributes, signals);
            if (errno == Errno.None)
                errno = (Errno)posix_spawnattr_setflags(attributes, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (newSession ? POSIX_SPAWN_SETSID : 0)));
            if (errno == Errno.None) errno = (Errno)posix_spawn(&started, path, actions, attributes, argv, envp);
        }
        finally
        {
            foreach (FdHandle? copy in copies) copy?.Dispose();
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
            Free(argv);
            Free(envp);
        }
        pid = errno == Errno.None ? started : 0;
        return errno;
    }

    private static byte** Vector(ReadOnlySpan<string> texts)
    {
        byte** vector = (byte**)NativeMemory.AllocZeroed((nuint)(texts.Length + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Length; i++)
        {
            byte[] bytes = Text.Utf8Z(texts[i]);
            vector[i] = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
            bytes.CopyTo(new Span<byte>(vector[i], bytes.Length));
        }
        return vector;
    }

    private static void Free(byte** vector)
    {
        for (byte** at = vector; *at is not null; at++) NativeMemory.Free(*at);
        NativeMemory.Free(vector);
    }
}
