using System.Globalization;
using System.Text;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>Writes a tar archive. The same entries give the same bytes.</summary>
/// <remarks>Not for use by several threads. The target stays the caller's. Contents are not buffered; a header is one write.</remarks>
public sealed class TarWriter
{
    private readonly Stream target;
    private readonly TarFormat format;
    private readonly byte[] block = new byte[TarField.BlockSize];
    private long remaining;
    private int padding;

    /// <summary>Writes to a stream.</summary>
    /// <param name="target">Where the archive goes.</param>
    /// <param name="format">The dialect; pax unless another is wanted.</param>
    public TarWriter(Stream target, TarFormat format = TarFormat.Pax)
    {
        this.target = target;
        this.format = format;
    }

    /// <summary>Starts an entry. The contents of a regular file, <see cref="TarEntry.Size"/> bytes, follow by <see cref="Write"/>.</summary>
    /// <exception cref="ArchiveException">InvalidArgument: the dialect cannot say this.</exception>
    /// <exception cref="InvalidOperationException">The contents of the last entry are incomplete.</exception>
    public void WriteEntry(TarEntry entry)
    {
        EndEntry();
        if (entry.Regions is not null) throw new ArchiveException(ErrorKind.InvalidArgument, $"write tar: {entry}: sparse files are written in full");
        if (entry.Name.IsEmpty || entry.Name.Span.Contains((byte)0) || entry.LinkName.Span.Contains((byte)0)) throw Cannot(entry, "name");
        if (entry.Size < 0 || (entry.Size > 0 && entry.Type != TarEntryType.RegularFile)) throw Cannot(entry, "size");
        PaxBuilder? pax = format == TarFormat.Pax ? new() : null;
        FillBlock(entry, pax);
        if (pax is { Length: > 0 })
        {
            byte[] main = block.ToArray();
            WriteExtra('x', "PaxHeader"u8, pax.ToArray());
            main.CopyTo(block, 0);
        }
        else if (format == TarFormat.Gnu)
        {
            WriteLongNames(entry);
        }
        target.Write(block);
        remaining = entry.Size;
        padding = (int)(-entry.Size & (TarField.BlockSize - 1));
    }

    /// <summary>Writes a part of the contents of the present entry.</summary>
    /// <exception cref="InvalidOperationException">There is more than the entry's size.</exception>
    public void Write(ReadOnlySpan<byte> data)
    {
        if (data.Length > remaining) throw new InvalidOperationException("more contents than the size of the entry");
        target.Write(data);
        remaining -= data.Length;
    }

    /// <summary>Writes the end of the archive: two blocks of zeros. Nothing can follow.</summary>
    public void Finish()
    {
        EndEntry();
        Array.Clear(block);
        target.Write(block);
        target.Write(block);
    }

    private void EndEntry()
    {
        if (remaining > 0) throw new InvalidOperationException("less contents than the size of the entry");
        if (padding == 0) return;
        Array.Clear(block);
        target.Write(block, 0, padding);
        padding = 0;
    }

    private void FillBlock(TarEntry entry, PaxBuilder? pax)
    {
        Array.Clear(block);
        Span<byte> header = block;
        bool isV7 = format == TarFormat.V7;
        if (isV7 && entry.Type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice or TarEntryType.Fifo) throw Cannot(entry, "type");
        if (!isV7) (format == TarFormat.Gnu ? TarField.GnuMagic : "ustar\u000000"u8).CopyTo(header[257..]);
        header[156] = !isV7 ? (byte)entry.Type : entry.Type is TarEntryType.RegularFile or TarEntryType.Directory ? (byte)0 : (byte)entry.Type;
        PutName(entry, pax);
        PutText(entry, entry.LinkName.Span, 157, isV7 ? 99 : 100, "linkpath"u8, pax);
        PutNumber(entry, entry.Mode & 0xfff, 100, 8, default, null);
        PutNumber(entry, entry.Uid, 108, 8, "uid"u8, pax);
        PutNumber(entry, entry.Gid, 116, 8, "gid"u8, pax);
        PutNumber(entry, entry.Size, 124, 12, "size"u8, pax);
        PutTime(entry, pax);
        if (!isV7)
        {
            PutText(entry, entry.UserName.Span, 265, 31, "uname"u8, pax);
            PutText(entry, entry.GroupName.Span, 297, 31, "gname"u8, pax);
            bool isDevice = entry.Type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice;
            PutNumber(entry, isDevice ? entry.DeviceMajor : 0, 329, 8, "SCHILY.devmajor"u8, pax);
            PutNumber(entry, isDevice ? entry.DeviceMinor : 0, 337, 8, "SCHILY.devminor"u8, pax);
        }
        if (entry.Attributes.Count > 0 && pax is null) throw Cannot(entry, "extended attributes");
        foreach (TarAttribute attribute in entry.Attributes) pax!.Add([.. "SCHILY.xattr."u8, .. attribute.Name.Span], attribute.Value.Span);
        Seal(header);
    }

    /// <summary>A name goes into its field, in two parts if that helps (ustar), or beside the header.</summary>
    private void PutName(TarEntry entry, PaxBuilder? pax)
    {
        ReadOnlySpan<byte> name = entry.Name.Span;
        int room = format == TarFormat.V7 ? 99 : 100;
        if (name.Length <= room) name.CopyTo(block);
        else if (format is TarFormat.Ustar or TarFormat.Pax && SplitAt(name) is var cut && cut > 0)
        {
            name[..cut].CopyTo(block.AsSpan(345));
            name[(cut + 1)..].CopyTo(block);
        }
        else if (pax is not null)
        {
            pax.Add("path"u8, name);
            name[..room].CopyTo(block);
        }
        else if (format == TarFormat.Gnu) name[..room].CopyTo(block);
        else throw Cannot(entry, "name");
    }

    private static int SplitAt(ReadOnlySpan<byte> name)
    {
        if (name.Length > 256) return -1;
        // The last slash that leaves at most 155 bytes before it; behind it something, and at most 100 bytes.
        int cut = name[..Math.Min(156, name.Length - 1)].LastIndexOf((byte)'/');
        return cut > 0 && name.Length - cut - 1 is > 0 and <= 100 ? cut : -1;
    }

    private void PutText(TarEntry entry, ReadOnlySpan<byte> text, int offset, int room, ReadOnlySpan<byte> key, PaxBuilder? pax)
    {
        if (text.Length > room)
        {
            if (pax is not null) pax.Add(key, text);
            else if (format != TarFormat.Gnu || offset != 157) throw Cannot(entry, Encoding.ASCII.GetString(key));
            text = text[..room];
        }
        text.CopyTo(block.AsSpan(offset));
    }

    private void PutNumber(TarEntry entry, long value, int offset, int length, ReadOnlySpan<byte> key, PaxBuilder? pax)
    {
        Span<byte> field = block.AsSpan(offset, length);
        if (TarField.TryWriteOctal(field, value)) return;
        if (pax is not null && value >= 0)
        {
            pax.Add(key, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
            TarField.TryWriteOctal(field, 0);
        }
        else if (format == TarFormat.Gnu) TarField.WriteBase256(field, value);
        else throw Cannot(entry, Encoding.ASCII.GetString(key));
    }

    private void PutTime(TarEntry entry, PaxBuilder? pax)
    {
        FileTime time = entry.ModifyTime;
        if (pax is not null && entry.AccessTime is { } access) pax.AddTime("atime"u8, access);
        if (pax is not null && (time.Nanoseconds != 0 || time.Seconds < 0 || time.Seconds >> 33 != 0))
        {
            pax.AddTime("mtime"u8, time);
            TarField.TryWriteOctal(block.AsSpan(136, 12), Math.Clamp(time.Seconds, 0, (1L << 33) - 1));
        }
        else PutNumber(entry, time.Seconds, 136, 12, "mtime"u8, null);
    }

    private static void Seal(Span<byte> header)
    {
        TarField.TryWriteOctal(header.Slice(148, 7), TarField.Checksum(header).Unsigned);
        header[155] = (byte)' ';
    }

    private void WriteLongNames(TarEntry entry)
    {
        bool isLongName = entry.Name.Length > 100, isLongLink = entry.LinkName.Length > 100;
        if (!isLongName && !isLongLink) return;
        byte[] main = block.ToArray();
        if (isLongLink) WriteExtra('K', "././@LongLink"u8, [.. entry.LinkName.Span, 0]);
        if (isLongName) WriteExtra('L', "././@LongLink"u8, [.. entry.Name.Span, 0]);
        main.CopyTo(block, 0);
    }

    /// <summary>An entry that describes the next one.</summary>
    private void WriteExtra(char flag, ReadOnlySpan<byte> name, byte[] contents)
    {
        Array.Clear(block);
        Span<byte> header = block;
        name.CopyTo(header);
        (format == TarFormat.Gnu ? TarField.GnuMagic : "ustar\u000000"u8).CopyTo(header[257..]);
        header[156] = (byte)flag;
        TarField.TryWriteOctal(header.Slice(100, 8), 0b110_100_100);
        TarField.TryWriteOctal(header.Slice(108, 8), 0);
        TarField.TryWriteOctal(header.Slice(116, 8), 0);
        TarField.TryWriteOctal(header.Slice(124, 12), contents.Length);
        TarField.TryWriteOctal(header.Slice(136, 12), 0);
        Seal(header);
        target.Write(block);
        target.Write(contents);
        Array.Clear(block);
        target.Write(block, 0, -contents.Length & (TarField.BlockSize - 1));
    }

    private ArchiveException Cannot(TarEntry entry, string what) =>
        new(ErrorKind.InvalidArgument, $"write tar: {entry}: the {what} cannot be written in the format {format}");
}
