using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>A process of a container.</summary>
/// <param name="Pid">Process ID as the host sees it.</param>
/// <param name="Details"><c>containerd.runc.v1.ProcessDetails</c> with the name of one that Exec added; <see langword="null"/> for others.</param>
public sealed record TaskProcess(int Pid, TypedMessage? Details)
{
    /// <summary>Reads the answer to Pids.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static IReadOnlyList<TaskProcess> ParseAll(ReadOnlySpan<byte> message)
    {
        List<TaskProcess> processes = [];
        ProtobufReader reader = new(message);
        while (reader.Next())
            if (reader.Field == 1)
                processes.Add(Parse(reader.Bytes));
        return processes;
    }

    private static TaskProcess Parse(ReadOnlySpan<byte> message)
    {
        int pid = 0;
        TypedMessage? details = null;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 1) pid = (int)reader.Number;
            else if (reader.Field == 2) details = TypedMessage.Parse(reader.Bytes);
        }
        return new TaskProcess(pid, details);
    }
}
