using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Mappings. mmap(2).</summary>
public static unsafe partial class Memory
{
    private const int PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000;
    private const int MADV_DONTNEED = 4;
    private const int AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5;

    /// <summary>Pages of the program that are looked up at a time.</summary>
    private const int EntriesAtOnce = 512;

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int madvise(nint address, nint length, int advice);

    [LibraryImport("libc")]
    private static partial nuint getauxval(nuint type);

    /// <summary>Reserves zeroed memory; pages take room when they are first written.</summary>
    /// <param name="bytes">Rounded up to pages.</param>
    /// <param name="address">Start of the mapping; 0 on an error.</param>
    public static Errno TryReserve(nint bytes, out nint address)
    {
        address = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        Errno errno = Outcome.Of(address == -1 ? -1 : 0);
        if (errno != Errno.None) address = 0;
        return errno;
    }

    /// <summary>Gives a mapping back.</summary>
    public static void Release(nint address, nint bytes) => _ = munmap(address, bytes);

    /// <summary>
    /// Takes the parts of the program's file that cannot be written out of this process's memory. What is needed again is mapped again from the page cache, at the cost of a fault;
    /// what only the start needed stays away. madvise(2) MADV_DONTNEED, elf(5).
    /// </summary>
    /// <remarks>
    /// Pages that differ from the file stay: the runtime makes one of them writable at its start and writes the value there that guards stacks. Without it each function that runs meanwhile
    /// and has such a guard would end the process. proc_pid_pagemap(5).
    /// </remarks>
    /// <returns>The first error; the other parts are gone all the same.</returns>
    public static Errno TryForgetProgram()
    {
        byte* headers = (byte*)getauxval(AT_PHDR);
        int size = (int)getauxval(AT_PHENT), count = (int)getauxval(AT_PHNUM);
        ulong page = (ulong)Environment.SystemPageSize, moved = 0;
        Errno result = Files.TryOpen("/proc/self/pagemap", OpenFlags.O_RDONLY, out FdHandle? map);
        if (result != Errno.None) return result;
        using FdHandle pages = map!;
        for (int i = 0; i < count; i++)
        {
            ProgramHeader* header = (ProgramHeader*)(headers + i * size);
            // A program that can lie anywhere says where this table was to be.
            if (header->Type == ProgramHeader.Self) moved = (ulong)headers - header->Address;
            if (header->Type != ProgramHeader.Load || (header->Flags & ProgramHeader.Writable) != 0) continue;
            ulong start = (header->Address + moved) & ~(page - 1), end = (header->Address + moved + header->MemoryBytes + page - 1) & ~(page - 1);
            Errno errno = TryForget(pages, start / page, end / page, page);
            if (result == Errno.None) result = errno;
        }
        return result;
    }

    /// <summary>Takes pages out that are here and are the file's, as many at a time as lie together.</summary>
    private static Errno TryForget(FdHandle map, ulong first, ulong last, ulong page)
    {
        const ulong Present = 1UL << 63, OfFile = 1UL << 61;
        Span<ulong> entries = stackalloc ulong[EntriesAtOnce];
        for (ulong at = first; at < last;)
        {
            Span<ulong> some = entries[..(int)Math.Min((ulong)EntriesAtOnce, last - at)];
            Errno errno = Files.TryReadAt(map.Fd, (long)at * sizeof(ulong), MemoryMarshal.AsBytes(some), out int read);
            if (errno != Errno.None) return errno;
            if (read < some.Length * sizeof(ulong)) return Errno.EIO;
            for (int i = 0; i < some.Length;)
            {
                int begin = i;
                while (i < some.Length && (some[i] & (Present | OfFile)) == (Present | OfFile)) i++;
                if (i == begin) i++;
                else if ((errno = Outcome.Of(madvise((nint)((at + (ulong)begin) * page), (nint)((ulong)(i - begin) * page), MADV_DONTNEED))) != Errno.None) return errno;
            }
            at += (ulong)some.Length;
        }
        return Errno.None;
    }
}
