using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>A time of a file: <c>struct timespec</c>.</summary>
/// <param name="Seconds">Seconds since 1970; negative before.</param>
/// <param name="Nanoseconds">0 to 999,999,999, always counted forwards.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FileTime(long Seconds, long Nanoseconds) : IComparable<FileTime>
{
    private const long UTIME_NOW = (1 << 30) - 1;

    /// <summary>The present, as the kernel reads its clock when it is asked to set a time. utimensat(2).</summary>
    public static FileTime Now => new(0, UTIME_NOW);

    /// <summary>Orders by time.</summary>
    public int CompareTo(FileTime other) => Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Whether the left time is the earlier.</summary>
    public static bool operator <(FileTime left, FileTime right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left time is the later.</summary>
    public static bool operator >(FileTime left, FileTime right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left time is not the later.</summary>
    public static bool operator <=(FileTime left, FileTime right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left time is not the earlier.</summary>
    public static bool operator >=(FileTime left, FileTime right) => left.CompareTo(right) >= 0;
}
