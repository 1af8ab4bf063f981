using System.Buffers.Text;
using System.Text;
using Keelson.Linux.Sys;

namespace Keelson.Linux.Proc;

/// <summary>Reads <c>/proc/PID/mountinfo</c> line by line without allocating. proc_pid_mountinfo(5).</summary>
/// <remarks><code>
/// ReadOnlyMemory&lt;byte&gt; text = MountInfo.ReadSelf();
/// MountInfo mounts = new(text.Span);
/// while (mounts.TryNext(out MountInfoLine line)) ...
/// </code></remarks>
/// <param name="text">The file's bytes; they are only read.</param>
public ref struct MountInfo(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> rest = text;

    /// <summary>Lines that were passed over because they do not have the documented form.</summary>
    public int Malformed { get; private set; }

    /// <summary>The mounts of the calling process, as one text.</summary>
    /// <exception cref="LinuxException">ENOENT: no procfs on <c>/proc</c>. EFBIG: more than 64 MiB.</exception>
    public static ReadOnlyMemory<byte> ReadSelf() => Files.ReadAll("/proc/self/mountinfo");

    /// <summary>The mount point that a path lies below, or is: the longest one that its text begins with.</summary>
    /// <param name="text">A whole file.</param>
    /// <param name="path">Absolute, without symbolic links.</param>
    /// <returns><c>/</c> when nothing else fits.</returns>
    public static string FindMountPoint(ReadOnlySpan<byte> text, string path)
    {
        string found = "/";
        MountInfo mounts = new(text);
        while (mounts.TryNext(out MountInfoLine line))
        {
            string point = UnescapeText(line.MountPoint);
            bool isAbove = point == path || point == "/" || (path.StartsWith(point, StringComparison.Ordinal) && path[point.Length] == '/');
            // A later mount of the same point covers the earlier one: both have the same name.
            if (isAbove && point.Length >= found.Length) found = point;
        }
        return found;
    }

    /// <summary>Takes the next line that has the documented form.</summary>
    /// <returns><see langword="false"/> at the end.</returns>
    public bool TryNext(out MountInfoLine line)
    {
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> current = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (current.IsEmpty) continue;
            if (TryParse(current, out line)) return true;
            Malformed++;
        }
        line = default;
        return false;
    }

    /// <summary>Reads one line.</summary>
    /// <param name="text">The line without its newline.</param>
    /// <param name="line">Its fields.</param>
    /// <returns><see langword="false"/> when a field is missing or a number is none.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out MountInfoLine line)
    {
        line = default;
        ReadOnlySpan<byte> left = text;
        if (!TryNumber(Field(ref left), out int id) || !TryNumber(Field(ref left), out int parent)) return false;
        ReadOnlySpan<byte> device = Field(ref left);
        int colon = device.IndexOf((byte)':');
        if (colon < 0 || !TryNumber(device[..colon], out int major) || !TryNumber(device[(colon + 1)..], out int minor)) return false;
        ReadOnlySpan<byte> root = Field(ref left), point = Field(ref left), options = Field(ref left);
        if (root.IsEmpty || point.IsEmpty || options.IsEmpty) return false;

        // Optional fields never are a lone hyphen; the first lone hyphen ends them.
        ReadOnlySpan<byte> optional = left;
        int optionalLength = 0;
        while (true)
        {
            if (left.IsEmpty) return false;
            ReadOnlySpan<byte> field = Field(ref left);
            if (field.SequenceEqual("-"u8)) break;
            optionalLength = optional.Length - left.Length;
        }
        ReadOnlySpan<byte> type = Field(ref left), source = Field(ref left), super = Field(ref left);
        if (type.IsEmpty) return false;
        line = new MountInfoLine
        {
            Id = id, ParentId = parent, Major = (uint)major, Minor = (uint)minor, Root = root, MountPoint = point, Options = options,
            OptionalFields = optional[..optionalLength].TrimEnd((byte)' '), FileSystem = type, Source = source, SuperOptions = super,
        };
        return true;
    }

    /// <summary>Undoes the octal escapes of a field: <c>\040</c> is a space. A backslash that begins no escape stays.</summary>
    /// <returns>The bytes as the kernel has them; a path need not be UTF-8.</returns>
    public static byte[] Unescape(ReadOnlySpan<byte> field)
    {
        byte[] bytes = new byte[field.Length];
        int length = 0;
        for (int i = 0; i < field.Length; i++)
        {
            byte b = field[i];
            if (b == '\\' && i + 3 < field.Length && field[i + 1] is >= (byte)'0' and <= (byte)'3' && IsOctal(field[i + 2]) && IsOctal(field[i + 3]))
            {
                b = (byte)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0'));
                i += 3;
            }
            bytes[length++] = b;
        }
        return length == bytes.Length ? bytes : bytes[..length];
    }

    /// <summary><see cref="Unescape"/> as text; bytes that are not UTF-8 become U+FFFD, so such a path cannot be opened by its text.</summary>
    public static string UnescapeText(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.Contains((byte)'\\') ? Unescape(field) : field);

    private static bool IsOctal(byte b) => b is >= (byte)'0' and <= (byte)'7';

    private static ReadOnlySpan<byte> Field(scoped ref ReadOnlySpan<byte> left)
    {
        int end = left.IndexOf((byte)' ');
        ReadOnlySpan<byte> field = end < 0 ? left : left[..end];
        left = end < 0 ? default : left[(end + 1)..];
        return field;
    }

    private static bool TryNumber(ReadOnlySpan<byte> text, out int value) => Utf8Parser.TryParse(text, out value, out int used) && used == text.Length && value >= 0;
}
