using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>How a process ended: the answer to Delete and, without the process ID and with other numbers, to Wait.</summary>
/// <param name="Pid">Process ID; 0 when there was none.</param>
/// <param name="ExitStatus">Its exit code, or 128 and the signal.</param>
/// <param name="ExitedAt">When; <see langword="null"/> when it never ran.</param>
public sealed record ExitResponse(int Pid, int ExitStatus, DateTimeOffset? ExitedAt)
{
    /// <summary>Reads the answer to Delete.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static ExitResponse ParseDelete(ReadOnlySpan<byte> message) => Parse(message, pidField: 1);

    /// <summary>Reads the answer to Wait.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static ExitResponse ParseWait(ReadOnlySpan<byte> message) => Parse(message, pidField: 0);

    /// <summary>The answer to Delete as it goes over the wire.</summary>
    public byte[] ToDeleteBytes() => ToBytes(pidField: 1);

    /// <summary>The answer to Wait as it goes over the wire.</summary>
    public byte[] ToWaitBytes() => ToBytes(pidField: 0);

    private static ExitResponse Parse(ReadOnlySpan<byte> message, int pidField)
    {
        int pid = 0, status = 0;
        DateTimeOffset? at = null;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == pidField) pid = (int)reader.Number;
            else if (reader.Field == pidField + 1) status = (int)reader.Number;
            else if (reader.Field == pidField + 2) at = Timestamps.Parse(reader.Bytes);
        }
        return new ExitResponse(pid, status, at);
    }

    private byte[] ToBytes(int pidField)
    {
        ProtobufWriter writer = new();
        if (pidField > 0) writer.NumberIfSet(pidField, Pid);
        writer.NumberIfSet(pidField + 1, ExitStatus);
        writer.Time(pidField + 2, ExitedAt);
        return writer.ToArray();
    }
}
