using System.Diagnostics;

namespace Keelson.Archive;

public sealed partial class TarReader
{
    private List<TarRegion>? regions;
    private int region;
    private long position, logicalSize;

    /// <summary>The next stored piece of the contents of the present entry, without a copy. Holes of sparse files are passed over.</summary>
    /// <param name="data">The bytes; valid until the reader is used again.</param>
    /// <param name="offset">Where they belong in the file.</param>
    /// <returns>Whether there was one; the contents are over otherwise.</returns>
    /// <exception cref="ArchiveException">DataLoss: the archive is cut off.</exception>
    public bool TryReadPiece(out ReadOnlySpan<byte> data, out long offset)
    {
        data = default;
        offset = position;
        if (stored == 0) return false;
        long most = stored;
        if (regions is not null)
        {
            while (region < regions.Count && position >= regions[region].Offset + regions[region].Length) region++;
            Debug.Assert(region < regions.Count, "the lengths of the regions add up to what is stored");
            position = Math.Max(position, regions[region].Offset);
            most = regions[region].Offset + regions[region].Length - position;
        }
        offset = position;
        data = StoredPiece(most);
        position += data.Length;
        return true;
    }

    /// <summary>Reads contents of the present entry, with the zeros of holes.</summary>
    /// <param name="target">Where they go.</param>
    /// <returns>Bytes read; 0 at the end.</returns>
    /// <exception cref="ArchiveException">DataLoss: the archive is cut off.</exception>
    public int Read(Span<byte> target)
    {
        if (target.IsEmpty) return 0;
        if (regions is null)
        {
            if (stored == 0) return 0;
            ReadOnlySpan<byte> piece = StoredPiece(target.Length);
            piece.CopyTo(target);
            position += piece.Length;
            return piece.Length;
        }
        while (region < regions.Count && position >= regions[region].Offset + regions[region].Length) region++;
        long next = region < regions.Count ? regions[region].Offset : logicalSize;
        if (position < next)
        {
            int zeros = (int)Math.Min(target.Length, next - position);
            target[..zeros].Clear();
            position += zeros;
            return zeros;
        }
        if (region == regions.Count) return 0;
        ReadOnlySpan<byte> data = StoredPiece(Math.Min(target.Length, regions[region].Offset + regions[region].Length - position));
        data.CopyTo(target);
        position += data.Length;
        return data.Length;
    }

    private void ForgetSparseMap()
    {
        regions = null;
        region = 0;
        position = 0;
    }

    /// <summary>Checks a map against what is stored, so that reading by it needs no more checks.</summary>
    private void UseSparseMap(List<TarRegion> map, long size, ReadOnlySpan<byte> name)
    {
        long last = 0, sum = 0;
        if (size < 0) throw Bad(name, "the size of the sparse file is negative");
        foreach (TarRegion part in map)
        {
            if (part.Offset < last || part.Length < 0 || part.Offset > size || part.Length > size - part.Offset) throw Bad(name, "the sparse map does not fit the file");
            last = part.Offset + part.Length;
            sum += part.Length;
        }
        if (sum != stored) throw Bad(name, "the sparse map does not fit what is stored");
        regions = map;
        logicalSize = size;
    }

    /// <summary>The map in a header of type <c>S</c> and in the blocks behind it. GNU tar manual "Old GNU Format".</summary>
    private List<TarRegion> OldSparseMap(ReadOnlySpan<byte> block, ReadOnlySpan<byte> name)
    {
        List<TarRegion> map = [];
        bool more = block[482] != 0;
        AddRegions(map, block.Slice(386, 4 * 24), name);
        while (more)
        {
            if (!TryFill(TarField.BlockSize)) throw CutOff();
            ReadOnlySpan<byte> extension = Take(TarField.BlockSize);
            AddRegions(map, extension[..(21 * 24)], name);
            more = extension[504] != 0;
        }
        return map;
    }

    private void AddRegions(List<TarRegion> map, ReadOnlySpan<byte> fields, ReadOnlySpan<byte> name)
    {
        for (; !fields.IsEmpty; fields = fields[24..])
        {
            if (fields[0] == 0) return;
            if (!TarField.TryNumber(fields[..12], out long offset) || !TarField.TryNumber(fields.Slice(12, 12), out long length)) throw Bad(name, "the sparse map holds something else than numbers");
            AddRegion(map, offset, length, name);
        }
    }

    private void AddRegion(List<TarRegion> map, long offset, long length, ReadOnlySpan<byte> name)
    {
        if (map.Count >= limits.MostRegions) throw Bad(name, $"the sparse map has more than {limits.MostRegions} regions");
        map.Add(new(offset, length));
    }

    private List<TarRegion>? PaxSparseMap(PaxRecords pax, ReadOnlySpan<byte> name, ref long size)
    {
        List<TarRegion> map = [];
        if (pax.HasMapInContents)
        {
            long before = stored;
            long count = MapNumber(name);
            if (count < 0 || count > limits.MostRegions) throw Bad(name, $"the sparse map has more than {limits.MostRegions} regions");
            for (long i = 0; i < count; i++) AddRegion(map, MapNumber(name), MapNumber(name), name);
            // The map fills whole blocks.
            for (long rest = -(before - stored) & (TarField.BlockSize - 1); rest > 0;)
            {
                if (stored == 0) throw Bad(name, "the sparse map is cut off");
                rest -= StoredPiece(rest).Length;
            }
        }
        else if (pax.SparseNumbers is { } numbers)
        {
            if (numbers.Count % 2 != 0) throw Bad(name, "the sparse map ends with half a region");
            for (int i = 0; i < numbers.Count; i += 2) AddRegion(map, numbers[i], numbers[i + 1], name);
        }
        else
        {
            return null;
        }
        size = pax.SparseSize ?? throw Bad(name, "the sparse file has no size");
        return map;
    }

    /// <summary>A decimal number and a newline in front of the contents. GNU tar manual "PAX Format, Version 1.0".</summary>
    private long MapNumber(ReadOnlySpan<byte> name)
    {
        Span<byte> digits = stackalloc byte[20];
        for (int length = 0; length < digits.Length; length++)
        {
            if (stored == 0) throw Bad(name, "the sparse map is cut off");
            byte b = StoredPiece(1)[0];
            if (b == '\n') return TarField.TryDecimal(digits[..length], out long number) ? number : throw Bad(name, "the sparse map holds something else than numbers");
            digits[length] = b;
        }
        throw Bad(name, "a number in the sparse map is too long");
    }
}
