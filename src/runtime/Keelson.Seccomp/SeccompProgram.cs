using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Seccomp;

/// <summary>A filter ready for seccomp(2).</summary>
public sealed class SeccompProgram
{
    private const uint TSYNC_ESRCH = 1 << 4, NEW_LISTENER = 1 << 3;

    internal SeccompProgram(ReadOnlyMemory<byte> instructions, uint flags, string[] unknownSyscalls) =>
        (Instructions, Flags, UnknownSyscalls) = (instructions, flags, unknownSyscalls);

    /// <summary>The instructions: <c>struct sock_filter</c>, 8 bytes each, in the byte order of this machine.</summary>
    public ReadOnlyMemory<byte> Instructions { get; }

    /// <summary>How many instructions there are, 1 to 4096.</summary>
    public int Count => Instructions.Length / BpfInstruction.Size;

    /// <summary>SECCOMP_FILTER_FLAG_* for seccomp(2) SECCOMP_SET_MODE_FILTER.</summary>
    public uint Flags { get; }

    /// <summary>Whether the call returns a listener's descriptor, because the filter asks it: SECCOMP_FILTER_FLAG_NEW_LISTENER is set.</summary>
    public bool NeedsListener => (Flags & NEW_LISTENER) != 0;

    /// <summary>Names of the profile that no architecture's table has; rules for them are left out. Worth a warning.</summary>
    public string[] UnknownSyscalls { get; }

    /// <summary>Takes a ready-made program.</summary>
    /// <param name="instructions">Raw <c>struct sock_filter</c>, as libseccomp's <c>seccomp_export_bpf</c> writes them. Not copied.</param>
    /// <param name="flags">Flags of the profile; <see langword="null"/> for the default, see <see cref="SeccompCompiler"/>.</param>
    /// <param name="needsListener">Whether the program returns SECCOMP_RET_USER_NOTIF; nothing is seen of that here.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the kernel would refuse it; the message says which instruction and why.</exception>
    public static SeccompProgram FromBytes(ReadOnlyMemory<byte> instructions, SeccompFlags? flags = null, bool needsListener = false)
    {
        if (BpfVerifier.FindFault(instructions.Span) is { } fault) throw new KeelsonException(ErrorKind.InvalidArgument, "load seccomp program: " + fault);
        return new SeccompProgram(instructions, KernelFlags(flags, needsListener), []);
    }

    /// <summary>Takes a ready-made program from a file.</summary>
    /// <inheritdoc cref="FromBytes"/>
    /// <param name="path">The file; the working directory counts when it is not absolute.</param>
    /// <param name="flags">Flags of the profile; <see langword="null"/> for the default.</param>
    /// <param name="needsListener">Whether the program returns SECCOMP_RET_USER_NOTIF.</param>
    /// <exception cref="LinuxException">The file could not be read; EFBIG: it is longer than any program.</exception>
    public static SeccompProgram FromFile(string path, SeccompFlags? flags = null, bool needsListener = false)
    {
        ReadOnlyMemory<byte> instructions = Files.ReadAll(path, BpfCode.MaxInstructions * BpfInstruction.Size + 1);
        if (BpfVerifier.FindFault(instructions.Span) is { } fault) throw new KeelsonException(ErrorKind.InvalidArgument, $"load seccomp program {path}: {fault}");
        return new SeccompProgram(instructions, KernelFlags(flags, needsListener), []);
    }

    /// <summary>The flags for the kernel.</summary>
    /// <param name="asked">What the profile asks for. Absent is SPEC_ALLOW, as runc: filters do not slow speculation down.</param>
    /// <param name="needsListener">Whether the filter has a notify action.</param>
    internal static uint KernelFlags(SeccompFlags? asked, bool needsListener)
    {
        uint flags = (uint)(asked ?? SeccompFlags.SECCOMP_FILTER_FLAG_SPEC_ALLOW);
        // The kernel refuses TSYNC with a listener without this one (the result could not tell a descriptor from a thread),
        // and refuses to wait for a listener's answer without a listener.
        if (!needsListener) return flags & ~(uint)SeccompFlags.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
        return flags | NEW_LISTENER | ((flags & (uint)SeccompFlags.SECCOMP_FILTER_FLAG_TSYNC) != 0 ? TSYNC_ESRCH : 0);
    }

    internal static KeelsonException TooLong() =>
        new(ErrorKind.InvalidArgument, $"compile seccomp profile: it needs more than the {BpfCode.MaxInstructions} instructions that the kernel takes");
}
