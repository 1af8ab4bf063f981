using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>A request that names a process and says nothing else: State, Start, Delete, Wait, Pids, Pause, Resume, Stats, Connect.</summary>
/// <param name="Id">The container.</param>
/// <param name="ExecId">A process that was added to it; empty for its first one.</param>
public sealed record ProcessRequest(string Id, string ExecId = "")
{
    /// <summary>Reads a request.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static ProcessRequest Parse(ReadOnlySpan<byte> message)
    {
        string id = "", execId = "";
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 1) id = reader.Text;
            else if (reader.Field == 2) execId = reader.Text;
        }
        return new ProcessRequest(id, execId);
    }

    /// <summary>The request as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, Id);
        writer.TextIfSet(2, ExecId);
        return writer.ToArray();
    }
}
