using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>Points in time as <c>google.protobuf.Timestamp</c>.</summary>
public static class Timestamps
{
    /// <summary>Writes a time; <see langword="null"/> is left out.</summary>
    public static void Time(this ProtobufWriter writer, int field, DateTimeOffset? time)
    {
        if (time is not { } at) return;
        long ticks = (at - DateTimeOffset.UnixEpoch).Ticks, seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out long rest);
        ProtobufWriter message = new();
        message.NumberIfSet(1, seconds);
        message.NumberIfSet(2, rest * TimeSpan.NanosecondsPerTick);
        writer.Message(field, message);
    }

    /// <summary>Reads a time.</summary>
    /// <exception cref="KeelsonException">DataLoss: the message is damaged or the time lies beyond the year 9999.</exception>
    public static DateTimeOffset Parse(ReadOnlySpan<byte> message)
    {
        long seconds = 0, nanoseconds = 0;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 1) seconds = reader.Number;
            else if (reader.Field == 2) nanoseconds = reader.Number;
        }
        if (seconds is < -62135596800 or > 253402300799 || nanoseconds is < 0 or > 999_999_999) throw new KeelsonException(ErrorKind.DataLoss, $"read time {seconds}: it is out of range");
        return DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
    }
}
