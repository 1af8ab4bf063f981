using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>Exec: adds a process to a container; Start runs it.</summary>
/// <param name="Id">The container.</param>
/// <param name="ExecId">Names the process in it.</param>
/// <param name="Stdio">Its streams.</param>
/// <param name="Spec">Its <c>process</c> object, JSON. runtime-spec config "Process".</param>
public sealed record ExecRequest(string Id, string ExecId, StdioPaths Stdio, TypedMessage Spec)
{
    /// <summary>Reads a request.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static ExecRequest Parse(ReadOnlySpan<byte> message)
    {
        string id = "", execId = "", stdin = "", stdout = "", stderr = "";
        bool terminal = false;
        TypedMessage spec = new("", default);
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: id = reader.Text; break;
                case 2: execId = reader.Text; break;
                case 3: terminal = reader.Number != 0; break;
                case 4: stdin = reader.Text; break;
                case 5: stdout = reader.Text; break;
                case 6: stderr = reader.Text; break;
                case 7: spec = TypedMessage.Parse(reader.Bytes); break;
            }
        }
        return new ExecRequest(id, execId, new StdioPaths(stdin, stdout, stderr, terminal), spec);
    }

    /// <summary>The request as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, Id);
        writer.TextIfSet(2, ExecId);
        writer.Switch(3, Stdio.Terminal);
        writer.TextIfSet(4, Stdio.Stdin);
        writer.TextIfSet(5, Stdio.Stdout);
        writer.TextIfSet(6, Stdio.Stderr);
        writer.Message(7, Spec.Write());
        return writer.ToArray();
    }
}
