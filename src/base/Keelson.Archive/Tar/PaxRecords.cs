using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>The extended header of one entry.</summary>
/// <remarks>pax(1) "pax Interchange Format": records <c>LENGTH KEY=VALUE\n</c>, the length in decimal and counting itself.</remarks>
internal sealed class PaxRecords
{
    private readonly List<TarAttribute> attributes = [];
    private readonly List<long> sparseNumbers = [];

    public ReadOnlyMemory<byte>? Name { get; private set; }

    public ReadOnlyMemory<byte>? LinkName { get; private set; }

    public ReadOnlyMemory<byte>? UserName { get; private set; }

    public ReadOnlyMemory<byte>? GroupName { get; private set; }

    public long? Uid { get; private set; }

    public long? Gid { get; private set; }

    public long? Size { get; private set; }

    public long? DeviceMajor { get; private set; }

    public long? DeviceMinor { get; private set; }

    public FileTime? ModifyTime { get; private set; }

    public FileTime? AccessTime { get; private set; }

    /// <summary>The name of a sparse file; the entry's own name is a made-up one.</summary>
    public ReadOnlyMemory<byte>? SparseName { get; private set; }

    /// <summary>The length of a sparse file with its holes.</summary>
    public long? SparseSize { get; private set; }

    /// <summary>Whether the map of a sparse file precedes its contents: GNU's sparse format 1.0.</summary>
    public bool HasMapInContents { get; private set; }

    /// <summary>Offsets and lengths in turn: GNU's sparse formats 0.0 and 0.1; <see langword="null"/> when there are none.</summary>
    public IReadOnlyList<long>? SparseNumbers { get; private set; }

    public IReadOnlyList<TarAttribute> Attributes => attributes;

    /// <summary>Takes the records of one header; those of an earlier one are overridden.</summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    public string? Add(byte[] header, TarLimits limits)
    {
        ReadOnlyMemory<byte> rest = header;
        while (!rest.IsEmpty)
        {
            int space = rest.Span.IndexOf((byte)' ');
            if (space <= 0 || space > 10 || !TarField.TryDecimal(rest.Span[..space], out long length)) return "a record of the extended header has no length";
            if (length <= space + 2 || length > rest.Length || rest.Span[(int)length - 1] != '\n') return "a record of the extended header lies about its length";
            ReadOnlyMemory<byte> record = rest[(space + 1)..((int)length - 1)];
            rest = rest[(int)length..];
            int equals = record.Span.IndexOf((byte)'=');
            if (equals <= 0 || record.Span[..equals].Contains((byte)0)) return "a record of the extended header has no key";
            if (Take(record[..equals], record[(equals + 1)..], limits) is { } fault) return fault;
        }
        return null;
    }

    private string? Take(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, TarLimits limits)
    {
        ReadOnlySpan<byte> attributePrefix = "SCHILY.xattr."u8, sparsePrefix = "GNU.sparse."u8;
        ReadOnlySpan<byte> text = key.Span;
        if (text.StartsWith(attributePrefix)) return TakeAttribute(key[attributePrefix.Length..], value, limits);
        if (text.StartsWith(sparsePrefix)) return TakeSparse(text[sparsePrefix.Length..], value, limits);
        // An empty value takes back an earlier record.
        if (text.SequenceEqual("path"u8)) return TakeName(value, limits, name => Name = name);
        if (text.SequenceEqual("linkpath"u8)) return TakeName(value, limits, name => LinkName = name);
        if (text.SequenceEqual("uname"u8)) return TakeName(value, limits, name => UserName = name);
        if (text.SequenceEqual("gname"u8)) return TakeName(value, limits, name => GroupName = name);
        if (text.SequenceEqual("uid"u8)) return TakeNumber(value, "uid", number => Uid = number);
        if (text.SequenceEqual("gid"u8)) return TakeNumber(value, "gid", number => Gid = number);
        if (text.SequenceEqual("size"u8)) return TakeNumber(value, "size", number => Size = number);
        if (text.SequenceEqual("SCHILY.devmajor"u8)) return TakeNumber(value, "device", number => DeviceMajor = number);
        if (text.SequenceEqual("SCHILY.devminor"u8)) return TakeNumber(value, "device", number => DeviceMinor = number);
        if (text.SequenceEqual("mtime"u8)) return TakeTime(value, time => ModifyTime = time);
        if (text.SequenceEqual("atime"u8)) return TakeTime(value, time => AccessTime = time);
        return null;
    }

    private string? TakeAttribute(ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, TarLimits limits)
    {
        if (name.IsEmpty) return "an extended attribute has no name";
        attributes.RemoveAll(attribute => attribute.Name.Span.SequenceEqual(name.Span));
        if (attributes.Count >= limits.MostAttributes) return $"there are more than {limits.MostAttributes} extended attributes";
        attributes.Add(new(name, value));
        return null;
    }

    private string? TakeSparse(ReadOnlySpan<byte> key, ReadOnlyMemory<byte> value, TarLimits limits)
    {
        if (key.SequenceEqual("name"u8)) return TakeName(value, limits, name => SparseName = name);
        if (key.SequenceEqual("size"u8) || key.SequenceEqual("realsize"u8)) return TakeNumber(value, "sparse size", number => SparseSize = number);
        if (key.SequenceEqual("major"u8))
        {
            HasMapInContents = value.Span.SequenceEqual("1"u8);
            return HasMapInContents || value.Span.SequenceEqual("0"u8) ? null : "the sparse format is not known";
        }
        if (key.SequenceEqual("numblocks"u8)) SparseNumbers = sparseNumbers;
        else if (key.SequenceEqual("offset"u8) || key.SequenceEqual("numbytes"u8)) return TakeSparseNumber(value.Span, limits);
        else if (key.SequenceEqual("map"u8))
        {
            sparseNumbers.Clear();
            SparseNumbers = sparseNumbers;
            if (value.IsEmpty) return null;
            foreach (Range part in value.Span.Split((byte)','))
                if (TakeSparseNumber(value.Span[part], limits) is { } fault)
                    return fault;
        }
        return null;
    }

    private string? TakeSparseNumber(ReadOnlySpan<byte> text, TarLimits limits)
    {
        SparseNumbers = sparseNumbers;
        if (!TarField.TryDecimal(text, out long number)) return "the sparse map holds something else than numbers";
        if (sparseNumbers.Count / 2 >= limits.MostRegions) return $"the sparse map has more than {limits.MostRegions} regions";
        sparseNumbers.Add(number);
        return null;
    }

    private static string? TakeName(ReadOnlyMemory<byte> value, TarLimits limits, Action<ReadOnlyMemory<byte>?> set)
    {
        if (value.Length > limits.LongestName) return $"a name is longer than {limits.LongestName} bytes";
        if (value.Span.Contains((byte)0)) return "a name holds a zero byte";
        set(value.IsEmpty ? null : value);
        return null;
    }

    private static string? TakeNumber(ReadOnlyMemory<byte> value, string what, Action<long?> set)
    {
        long number = 0;
        if (!value.IsEmpty && !TarField.TryDecimal(value.Span, out number)) return $"the {what} in the extended header is not a number";
        if (number < 0) return $"the {what} in the extended header is negative";
        set(value.IsEmpty ? null : number);
        return null;
    }

    private static string? TakeTime(ReadOnlyMemory<byte> value, Action<FileTime?> set)
    {
        if (!TryTime(value.Span, out FileTime time) && !value.IsEmpty) return "a time in the extended header is not a number";
        set(value.IsEmpty ? null : time);
        return null;
    }

    /// <summary>Reads seconds with a fraction: <c>-1.25</c> is 0.75 s after -2.</summary>
    private static bool TryTime(ReadOnlySpan<byte> text, out FileTime time)
    {
        time = default;
        int dot = text.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = dot < 0 ? text : text[..dot], fraction = dot < 0 ? [] : text[(dot + 1)..];
        bool isNegative = text.StartsWith("-"u8);
        if (!TarField.TryDecimal(whole, out long seconds) || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
        long nanoseconds = 0;
        for (int i = 0; i < 9; i++) nanoseconds = nanoseconds * 10 + (i < fraction.Length ? fraction[i] - '0' : 0);
        if (isNegative && nanoseconds != 0)
        {
            if (seconds == long.MinValue) return false;
            seconds--;
            nanoseconds = 1_000_000_000 - nanoseconds;
        }
        time = new(seconds, nanoseconds);
        return true;
    }
}
