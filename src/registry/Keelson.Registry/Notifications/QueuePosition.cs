using System.Globalization;

namespace Keelson.Registry.Notifications;

/// <summary>A place in the queue: a file and an offset in it. Its text is <c>FILE OFFSET</c>.</summary>
internal readonly record struct QueuePosition(long File, long Offset) : IComparable<QueuePosition>
{
    public int CompareTo(QueuePosition other) => File != other.File ? File.CompareTo(other.File) : Offset.CompareTo(other.Offset);

    public static bool operator <(QueuePosition left, QueuePosition right) => left.CompareTo(right) < 0;

    public static bool operator >(QueuePosition left, QueuePosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(QueuePosition left, QueuePosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(QueuePosition left, QueuePosition right) => left.CompareTo(right) >= 0;

    public static bool TryParse(string text, out QueuePosition position)
    {
        position = default;
        if (text.Split(' ') is not [string file, string offset] || !long.TryParse(file, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || !long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out long at)) return false;
        position = new(number, at);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File} {Offset}");
}
