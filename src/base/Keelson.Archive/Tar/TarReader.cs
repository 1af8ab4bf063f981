using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>Reads a tar archive from front to back: v7, ustar, pax, GNU and star, sparse files included.</summary>
/// <remarks>
/// It holds one buffer of 128 KiB and, while an entry is read, its extended headers, whatever the length of the archive. Global extended headers are
/// passed over, as are volume labels. Not for use by several threads. The source stays the caller's.
/// </remarks>
public sealed partial class TarReader
{
    private readonly TarLimits limits;
    private bool isAtEnd;

    /// <summary>Reads from a stream, from where it stands.</summary>
    /// <param name="source">Where the archive comes from, not compressed. A part that is passed over is sought over when the stream can seek.</param>
    /// <param name="limits">What is accepted; <see cref="TarLimits.Default"/> when left out.</param>
    public TarReader(Stream source, TarLimits? limits = null)
    {
        this.source = source;
        this.limits = limits ?? TarLimits.Default;
    }

    /// <summary>Goes to the next entry; what is left of the contents of the last one is passed over.</summary>
    /// <returns>The entry, valid for ever; <see langword="null"/> at the end of the archive.</returns>
    /// <exception cref="ArchiveException">DataLoss: the archive is damaged or cut off. InvalidArgument: it breaks a limit or uses what is not known.</exception>
    public TarEntry? Read()
    {
        if (isAtEnd) return null;
        PaxRecords? pax = null;
        ReadOnlyMemory<byte>? longName = null, longLink = null;
        while (true)
        {
            SkipContents();
            ReadOnlySpan<byte> block = NextBlock();
            if (block.IsEmpty) return null;
            char flag = (char)block[156];
            long size = Number(block, 124, 12, "size");
            if (size < 0) throw Bad(block, "the size is negative");
            switch (flag)
            {
                case 'x' or 'X':
                    pax ??= new();
                    if (pax.Add(Contents(block, size, limits.LongestExtendedHeader, "the extended header"), limits) is { } fault) throw Bad("", fault);
                    break;
                case 'g' or 'V':
                    StartContents(size);
                    break;
                case 'L':
                    longName = LongName(block, size);
                    break;
                case 'K':
                    longLink = LongName(block, size);
                    break;
                case 'M' or 'N':
                    throw new ArchiveException(ErrorKind.InvalidArgument, $"read tar: {ArchiveText.Show(TarField.Text(block[..100]))}: the entry type '{flag}' is not supported");
                default:
                    return Entry(block, flag, size, pax, longName, longLink);
            }
        }
    }

    private TarEntry Entry(ReadOnlySpan<byte> block, char flag, long size, PaxRecords? pax, ReadOnlyMemory<byte>? longName, ReadOnlyMemory<byte>? longLink)
    {
        bool isPosix = block.Slice(257, 6).SequenceEqual(TarField.PosixMagic), isGnu = block.Slice(257, 8).SequenceEqual(TarField.GnuMagic);
        bool isStar = isPosix && block.Slice(508, 4).SequenceEqual("tar\0"u8);
        ReadOnlyMemory<byte> name = pax?.SparseName ?? pax?.Name ?? longName ?? HeaderName(block, isPosix, isStar);
        ReadOnlyMemory<byte> link = pax?.LinkName ?? longLink ?? TarField.Text(block.Slice(157, 100)).ToArray();
        TarEntryType type = flag switch
        {
            // Version 7 has no flag for directories: their names end in a slash.
            '\0' or '0' when size == 0 && name.Span is [.., (byte)'/'] => TarEntryType.Directory,
            '\0' or '7' or 'S' => TarEntryType.RegularFile,
            'D' => TarEntryType.Directory,
            _ => (TarEntryType)flag,
        };
        bool hasContents = flag == 'D' || type is not (TarEntryType.HardLink or TarEntryType.SymbolicLink or TarEntryType.CharacterDevice
            or TarEntryType.BlockDevice or TarEntryType.Directory or TarEntryType.Fifo);
        bool hasDevice = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice;
        long stored = hasContents ? pax?.Size ?? size : 0, logical = type == TarEntryType.Directory ? 0 : stored;
        if (name.IsEmpty) throw Bad(block, "the name is empty");
        if (type == TarEntryType.SymbolicLink && link.IsEmpty || type == TarEntryType.HardLink && link.IsEmpty) throw Bad(name.Span, "the link leads nowhere");

        uint mode = (uint)(Number(block, 100, 8, "mode") & 0xfff);
        long uid = pax?.Uid ?? Number(block, 108, 8, "uid"), gid = pax?.Gid ?? Number(block, 116, 8, "gid");
        FileTime modify = pax?.ModifyTime ?? new(Number(block, 136, 12, "mtime"), 0);
        ReadOnlyMemory<byte> user = pax?.UserName ?? (isPosix || isGnu ? TarField.Text(block.Slice(265, 32)).ToArray() : default);
        ReadOnlyMemory<byte> group = pax?.GroupName ?? (isPosix || isGnu ? TarField.Text(block.Slice(297, 32)).ToArray() : default);
        uint major = hasDevice ? DeviceNumber(block, 329, pax?.DeviceMajor, name.Span) : 0, minor = hasDevice ? DeviceNumber(block, 337, pax?.DeviceMinor, name.Span) : 0;

        // From here on the block may be overwritten by what follows it.
        List<TarRegion>? regions = null;
        if (flag == 'S' && isGnu)
        {
            logical = Number(block, 483, 12, "real size");
            regions = OldSparseMap(block, name.Span);
            StartContents(stored);
        }
        else
        {
            StartContents(stored);
            if (type == TarEntryType.RegularFile && pax is not null) regions = PaxSparseMap(pax, name.Span, ref logical);
        }
        if (regions is not null) UseSparseMap(regions, logical, name.Span);
        return new TarEntry
        {
            Name = name,
            Type = type,
            Mode = mode,
            Uid = uid,
            Gid = gid,
            UserName = user,
            GroupName = group,
            Size = logical,
            ModifyTime = modify,
            AccessTime = pax?.AccessTime,
            LinkName = type is TarEntryType.HardLink or TarEntryType.SymbolicLink ? link : default,
            DeviceMajor = major,
            DeviceMinor = minor,
            Attributes = pax?.Attributes ?? [],
            Regions = regions,
        };
    }

    private static ReadOnlyMemory<byte> HeaderName(ReadOnlySpan<byte> block, bool isPosix, bool isStar)
    {
        ReadOnlySpan<byte> name = TarField.Text(block[..100]);
        ReadOnlySpan<byte> prefix = isPosix ? TarField.Text(block.Slice(345, isStar ? 131 : 155)) : [];
        return prefix.IsEmpty ? name.ToArray() : (byte[])[.. prefix, (byte)'/', .. name];
    }

    private ReadOnlyMemory<byte> LongName(ReadOnlySpan<byte> block, long size)
    {
        // The zero byte at its end is counted.
        byte[] name = Contents(block, size, limits.LongestName + 1, "the long name");
        return name.AsMemory(0, TarField.Text(name).Length);
    }

    private static uint DeviceNumber(ReadOnlySpan<byte> block, int offset, long? extended, ReadOnlySpan<byte> name)
    {
        long number = extended ?? Number(block, offset, 8, "device");
        return number is >= 0 and <= uint.MaxValue ? (uint)number : throw Bad(name, "the device number is out of range");
    }

    private static long Number(ReadOnlySpan<byte> block, int offset, int length, string field) =>
        TarField.TryNumber(block.Slice(offset, length), out long value) ? value : throw Bad(block, $"the {field} is not a number");

    private static ArchiveException Bad(ReadOnlySpan<byte> block, string fault) => block.Length == TarField.BlockSize
        ? Bad(ArchiveText.Show(TarField.Text(block[..100])), fault) : Bad(ArchiveText.Show(block), fault);

    private static ArchiveException Bad(string name, string fault) => new(ErrorKind.DataLoss, name.Length == 0 ? $"read tar: {fault}" : $"read tar: {name}: {fault}");
}
