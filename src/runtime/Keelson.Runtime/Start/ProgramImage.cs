using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Start;

/// <summary>Where this program's own file is mapped, and which of its pages a child needs to play a plan.</summary>
/// <remarks>Only for the static, non-relocatable executable that the ahead-of-time compiler makes: elf(5) ET_EXEC.</remarks>
internal static unsafe class ProgramImage
{
    /// <summary>Where the linker puts a non-relocatable program on x86-64.</summary>
    private const nint LinkedBase = 0x400000;
    private const int PageBytes = 4096, MaximumSegments = 64;
    private const ushort ET_EXEC = 2;
    private const uint ElfMagic = 0x464c457f;

    /// <summary>Bound of the code of one function that a child runs; a test compares it with the disassembly.</summary>
    private const int MaximumCodeBytes = 2048;

    /// <summary>Whether this process is such a program.</summary>
    public static bool IsKnown => !RuntimeFeature.IsDynamicCodeCompiled && Header->Type == ET_EXEC && Header->Magic == ElfMagic;

    private static FileHeader* Header => (FileHeader*)LinkedBase;

    /// <summary>The first and last+1 address of the mapped file, in whole pages.</summary>
    public static (nint Start, nint End) Range()
    {
        nint start = nint.MaxValue, end = 0;
        byte* headers = (byte*)Header + Header->ProgramHeaders;
        for (int i = 0; i < Math.Min((int)Header->ProgramHeaderCount, MaximumSegments); i++)
        {
            ProgramHeader* segment = (ProgramHeader*)(headers + i * Header->ProgramHeaderBytes);
            if (segment->Type != ProgramHeader.Load) continue;
            start = Math.Min(start, PageOf((nint)segment->Address));
            end = Math.Max(end, PageOf((nint)(segment->Address + segment->MemoryBytes) + PageBytes - 1));
        }
        return (start, end);
    }

    /// <summary>The pages, in ascending order, that hold the code a child runs.</summary>
    public static List<nint> PagesForChild()
    {
        delegate*<Step*, int, int*, int> run = &ChildInterpreter.Run<LinkedCalls>;
        delegate*<Step*, int, int, void> runChild = &ChildInterpreter.RunChild<LinkedCalls>;
        List<nint> pages = [];
        foreach (nint function in (ReadOnlySpan<nint>)[(nint)run, (nint)runChild, LinkedCalls.SyscallAddress, LinkedCalls.ErrnoAddress])
            for (nint page = PageOf(function); page <= PageOf(function + MaximumCodeBytes - 1); page += PageBytes)
                if (!pages.Contains(page))
                    pages.Add(page);
        pages.Sort();
        return pages;
    }

    private static nint PageOf(nint address) => address & ~(nint)(PageBytes - 1);

    /// <summary><c>Elf64_Ehdr</c>. elf(5).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FileHeader
    {
        public uint Magic;
        public uint Class;
        public ulong Identification;
        public ushort Type, Machine;
        public uint Version;
        public ulong Entry, ProgramHeaders, SectionHeaders;
        public uint Flags;
        public ushort HeaderBytes, ProgramHeaderBytes, ProgramHeaderCount;
    }
}
