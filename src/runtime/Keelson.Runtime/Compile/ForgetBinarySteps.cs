using System.Runtime.InteropServices;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;
using Keelson.Runtime.Start;

namespace Keelson.Runtime.Compile;

/// <summary>Steps by which the child lets go of the runtime's program file before it meets anything of a container.</summary>
/// <remarks>
/// A container can reach the file of a process in it through <c>/proc/PID/exe</c>, and overwrite the host's runtime (CVE-2019-5736). Others run a
/// copy of themselves at every start. Here the child moves the few pages of code it still needs into anonymous memory, unmaps the file, and
/// gives an empty memory file as its program: PR_SET_MM_MAP of prctl(2). That costs some 20 microseconds. The name and environment that ps(1)
/// shows of a created container change with it, so that nothing of the host's environment can be read there.
/// </remarks>
internal static unsafe class ForgetBinarySteps
{
    private const int PageBytes = 4096, PROT_READ_EXEC = 5, MREMAP_MAYMOVE_FIXED = 3, PR_SET_MM = 35, PR_SET_MM_MAP = 14;
    private const uint MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2, MFD_EXEC = 0x10;

    /// <summary><c>struct prctl_mm_map</c>. prctl(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryMap
    {
        public long StartCode, EndCode, StartData, EndData, StartBreak, Break, StartStack, ArgumentStart, ArgumentEnd, EnvironmentStart, EnvironmentEnd;
        public long AuxiliaryVector;
        public uint AuxiliaryVectorBytes;
        public uint ProgramFd;
    }

    /// <summary>Adds the steps. Nothing is added where the program is not the runtime's own executable.</summary>
    /// <param name="plan">The child's plan.</param>
    public static void Add(SyscallPlan plan)
    {
        if (!ProgramImage.IsKnown) return;
        Slot program = plan.NewSlot();
        nint name = plan.Text("keelson-runtime");
        plan.Call("make", "empty program", Syscall.memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC).Into(program).Accept(Errno.EINVAL);
        int made = plan.JumpUnless(program, -(long)Errno.EINVAL);
        plan.Call("make", "empty program", Syscall.memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING).Into(program);
        plan.Land(made);
        plan.Call("seal", "empty program", Syscall.fcntl, program, 1033, 0xf);

        (nint start, nint end) = ProgramImage.Range();
        List<nint> pages = ProgramImage.PagesForChild();
        nint copies = plan.AllocatePages(pages.Count * PageBytes);
        for (int i = 0; i < pages.Count; i++) new ReadOnlySpan<byte>((void*)pages[i], PageBytes).CopyTo(new Span<byte>((void*)(copies + i * PageBytes), PageBytes));
        plan.Call("make executable", "code of the child", Syscall.mprotect, copies, pages.Count * PageBytes, PROT_READ_EXEC);
        for (int i = 0; i < pages.Count; i++)
            plan.Call("move", "code of the child", Syscall.mremap, copies + i * PageBytes, PageBytes, PageBytes, MREMAP_MAYMOVE_FIXED, pages[i]);
        nint from = start;
        foreach (nint page in pages)
        {
            if (page > from) plan.Call("unmap", "program of the runtime", Syscall.munmap, from, page - from);
            from = page + PageBytes;
        }
        if (end > from) plan.Call("unmap", "program of the runtime", Syscall.munmap, from, end - from);

        nint title = plan.Text("keelson-runtime init");
        Slot map = new(plan.Value(new MemoryMap
        {
            StartCode = pages[0],
            EndCode = pages[0] + PageBytes,
            StartData = title,
            EndData = title + 1,
            StartBreak = title + 1,
            Break = title + 1,
            StartStack = title,
            ArgumentStart = title,
            ArgumentEnd = title + "keelson-runtime init".Length + 1,
            EnvironmentStart = title,
            EnvironmentEnd = title,
        }));
        // The last field takes the descriptor, of 32 bits, when it is known.
        plan.StoreInt(program, map.Address + sizeof(MemoryMap) - sizeof(uint));
        plan.Call("forget", "program of the runtime", Syscall.prctl, PR_SET_MM, PR_SET_MM_MAP, map.Address, sizeof(MemoryMap), 0);
        plan.Call("close", null, Syscall.close, program);
    }
}
