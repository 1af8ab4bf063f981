using System.Buffers.Binary;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Seccomp;

/// <summary>Keeps compiled programs in a directory, by the bytes that they were compiled from. A hit saves reading the profile and compiling it.</summary>
/// <remarks>
/// A directory of at most <see cref="Slots"/> files, which replace each other:
/// <code>
/// 0        4        8        12       16             20              24             28        32        40
/// magic    version  native   flags    source bytes   program bytes   names' bytes   0         checksum  source  program  names
/// </code>
/// The whole source stands in the file and is compared, so two profiles with one hash cannot be taken for each other, however they were made.
/// The checksum finds damage, the verifier what the kernel would refuse. A directory or file that anybody but this user could have written is not read.
/// </remarks>
/// <param name="directory">Absolute path. <see cref="Store"/> makes it with mode 0700 when it is missing.</param>
public sealed class SeccompCache(string directory)
{
    /// <summary>How many programs are kept. Engines use one or two profiles for everything.</summary>
    public const int Slots = 64;

    /// <summary>A longer profile is not kept: 1 MiB.</summary>
    public const int MaxSourceBytes = 1 << 20;

    private const uint Magic = 0x4353_4C4B;
    private const int HeaderBytes = 40, MaxFileBytes = HeaderBytes + MaxSourceBytes + BpfCode.MaxInstructions * BpfInstruction.Size + (64 << 10);

    /// <summary>Finds the program for a profile.</summary>
    /// <param name="source">The profile as it was given: the JSON of <c>linux.seccomp</c>. It need not have been looked at.</param>
    /// <param name="native">The machine's architecture.</param>
    /// <returns><see langword="null"/> when it is not there, of another version, damaged, or not to be trusted.</returns>
    public SeccompProgram? TryLoad(ReadOnlySpan<byte> source, SeccompArchitecture native)
    {
        using FdHandle? folder = OpenFolder();
        if (folder is null || Files.TryOpen(Name(source), OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW, out FdHandle? handle, directory: folder.Fd) != Errno.None) return null;
        using (handle)
        {
            if (!IsOwn(handle!.Fd, FileStatus.S_IFREG, out long size) || size > MaxFileBytes) return null;
            if (Files.TryReadAll(handle.Fd, out ReadOnlyMemory<byte> contents, MaxFileBytes) != Errno.None) return null;
            return Read(contents, source, native);
        }
    }

    /// <summary>Keeps a program. Readers see the whole file or none of it.</summary>
    /// <param name="source">What it was compiled from.</param>
    /// <param name="native">The machine's architecture.</param>
    /// <param name="program">The program.</param>
    /// <returns>EFBIG: the source is too long. EPERM: the directory is not to be trusted. Nothing has to be done about an error: the program is compiled again.</returns>
    public Errno Store(ReadOnlySpan<byte> source, SeccompArchitecture native, SeccompProgram program)
    {
        string names = string.Join('\n', program.UnknownSyscalls);
        int length = HeaderBytes + source.Length + program.Instructions.Length + Encoding.UTF8.GetByteCount(names);
        if (source.Length > MaxSourceBytes || length > MaxFileBytes) return Errno.EFBIG;
        Errno errno = Files.TryMakeDirectories(directory, 0b111_000_000);
        if (errno != Errno.None) return errno;
        using FdHandle? folder = OpenFolder();
        if (folder is null) return Errno.EPERM;

        byte[] file = new byte[length];
        program.Instructions.Span.CopyTo(file.AsSpan(HeaderBytes + source.Length));
        Encoding.UTF8.GetBytes(names, file.AsSpan(HeaderBytes + source.Length + program.Instructions.Length));
        source.CopyTo(file.AsSpan(HeaderBytes));
        Put(file, 0, Magic);
        Put(file, 4, SeccompCompiler.Version);
        Put(file, 8, (uint)native);
        Put(file, 12, program.Flags);
        Put(file, 16, (uint)source.Length);
        Put(file, 20, (uint)program.Instructions.Length);
        Put(file, 24, (uint)(length - HeaderBytes - source.Length - program.Instructions.Length));
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), Checksum(file));

        string name = Name(source), fresh = $"{name}.{Processes.CurrentId}";
        errno = Files.TryWriteFile(fresh, file, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW, 0b110_000_000, folder.Fd);
        // EEXIST: left behind by a process that had this number and was killed.
        if (errno == Errno.None) errno = Files.TryRename(fresh, name, folder.Fd);
        if (errno != Errno.None) _ = Files.TryUnlink(fresh, folder.Fd);
        return errno;
    }

    private static SeccompProgram? Read(ReadOnlyMemory<byte> contents, ReadOnlySpan<byte> source, SeccompArchitecture native)
    {
        ReadOnlySpan<byte> file = contents.Span;
        if (file.Length < HeaderBytes || Get(file, 0) != Magic || Get(file, 4) != SeccompCompiler.Version || Get(file, 8) != (uint)native) return null;
        long sourceBytes = Get(file, 16), programBytes = Get(file, 20), nameBytes = Get(file, 24);
        if (HeaderBytes + sourceBytes + programBytes + nameBytes != file.Length || Checksum(file) != BinaryPrimitives.ReadUInt64LittleEndian(file[32..])) return null;
        if (!file.Slice(HeaderBytes, (int)sourceBytes).SequenceEqual(source)) return null;
        ReadOnlyMemory<byte> program = contents.Slice(HeaderBytes + (int)sourceBytes, (int)programBytes);
        if (BpfVerifier.FindFault(program.Span) is not null) return null;
        string[] unknown = nameBytes == 0 ? [] : Encoding.UTF8.GetString(file[^(int)nameBytes..]).Split('\n');
        return new SeccompProgram(program, Get(file, 12), unknown);
    }

    private FdHandle? OpenFolder()
    {
        if (Files.TryOpen(directory, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW, out FdHandle? folder) != Errno.None) return null;
        if (IsOwn(folder!.Fd, FileStatus.S_IFDIR, out _)) return folder;
        folder.Dispose();
        return null;
    }

    // Whether this user alone can have written it.
    private static bool IsOwn(int fd, uint kind, out long size)
    {
        bool isRead = Files.TryStatus(fd, out FileStatus status) == Errno.None;
        size = status.Size;
        return isRead && (status.Mode & FileStatus.S_IFMT) == kind && status.Uid == Processes.EffectiveUserId && (status.Mode & 0b000_010_010) == 0;
    }

    private static string Name(ReadOnlySpan<byte> source) => (Hash(source, 0) % Slots).ToString("x2");

    // All but the checksum itself.
    private static ulong Checksum(ReadOnlySpan<byte> file) => Hash(file[HeaderBytes..], Hash(file[..32], 1));

    // Spreads over slots and finds damage; nothing is trusted because of it.
    private static ulong Hash(ReadOnlySpan<byte> bytes, ulong seed)
    {
        ulong hash = seed ^ (ulong)bytes.Length * 0x9E37_79B9_7F4A_7C15;
        for (; bytes.Length >= 8; bytes = bytes[8..]) hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        ulong rest = 0;
        foreach (byte b in bytes) rest = rest << 8 | b;
        return Mix(hash ^ rest);
    }

    private static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value, 0xD6E8_FEB8_6659_FD93, out ulong low);
        return high ^ low;
    }

    private static uint Get(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file[at..]);

    private static void Put(byte[] file, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
}
