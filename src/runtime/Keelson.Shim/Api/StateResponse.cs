using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>The answer to State.</summary>
/// <param name="Id">The container.</param>
/// <param name="ExecId">The process; empty for the first one.</param>
/// <param name="Bundle">Directory of the bundle.</param>
/// <param name="Pid">Process ID; 0 before there is one.</param>
/// <param name="Status">What it is doing.</param>
/// <param name="Stdio">Its streams.</param>
/// <param name="ExitStatus">Its exit code, or 128 and the signal; 0 while it runs.</param>
/// <param name="ExitedAt">When it ended.</param>
public sealed record StateResponse(string Id, string ExecId, string Bundle, int Pid, TaskStatus Status, StdioPaths Stdio, int ExitStatus, DateTimeOffset? ExitedAt)
{
    /// <summary>Reads an answer.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static StateResponse Parse(ReadOnlySpan<byte> message)
    {
        string id = "", execId = "", bundle = "", stdin = "", stdout = "", stderr = "";
        int pid = 0, exitStatus = 0;
        bool terminal = false;
        TaskStatus status = TaskStatus.Unknown;
        DateTimeOffset? exitedAt = null;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: id = reader.Text; break;
                case 2: bundle = reader.Text; break;
                case 3: pid = (int)reader.Number; break;
                case 4: status = (TaskStatus)reader.Number; break;
                case 5: stdin = reader.Text; break;
                case 6: stdout = reader.Text; break;
                case 7: stderr = reader.Text; break;
                case 8: terminal = reader.Number != 0; break;
                case 9: exitStatus = (int)reader.Number; break;
                case 10: exitedAt = Timestamps.Parse(reader.Bytes); break;
                case 11: execId = reader.Text; break;
            }
        }
        return new StateResponse(id, execId, bundle, pid, status, new StdioPaths(stdin, stdout, stderr, terminal), exitStatus, exitedAt);
    }

    /// <summary>The answer as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, Id);
        writer.TextIfSet(2, Bundle);
        writer.NumberIfSet(3, Pid);
        writer.NumberIfSet(4, (int)Status);
        writer.TextIfSet(5, Stdio.Stdin);
        writer.TextIfSet(6, Stdio.Stdout);
        writer.TextIfSet(7, Stdio.Stderr);
        writer.Switch(8, Stdio.Terminal);
        writer.NumberIfSet(9, ExitStatus);
        writer.Time(10, ExitedAt);
        writer.TextIfSet(11, ExecId);
        return writer.ToArray();
    }
}
