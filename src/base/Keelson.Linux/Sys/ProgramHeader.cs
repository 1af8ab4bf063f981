using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>A segment of a program: <c>Elf64_Phdr</c>. elf(5).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ProgramHeader
{
    /// <summary>PT_LOAD: a part of the file that lies in memory.</summary>
    public const uint Load = 1;

    /// <summary>PT_PHDR: the table of these headers itself.</summary>
    public const uint Self = 6;

    /// <summary>PF_W.</summary>
    public const uint Writable = 2;

    /// <summary>What it is.</summary>
    public uint Type;

    /// <summary>PF_X, PF_W and PF_R.</summary>
    public uint Flags;

    /// <summary>Where it begins in the file, and in memory, in bytes. A program that can lie anywhere counts from where it lies.</summary>
    public ulong Offset, Address;

    /// <summary>Of no meaning here.</summary>
    public ulong PhysicalAddress;

    /// <summary>Its length in the file and in memory, in bytes.</summary>
    public ulong FileBytes, MemoryBytes;

    /// <summary>A power of two that offset and address agree by.</summary>
    public ulong Alignment;
}
