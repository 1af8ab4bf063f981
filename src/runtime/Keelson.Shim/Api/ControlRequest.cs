using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>
/// A request with two numbers after the names: ResizePty (columns, rows), Kill (signal, all), CloseIO (stdin). Their fields have the same numbers.
/// </summary>
/// <param name="Id">The container.</param>
/// <param name="ExecId">A process that was added to it; empty for its first one.</param>
/// <param name="First">Columns, the signal's number, or 1 for standard input.</param>
/// <param name="Second">Rows, or 1 for all processes of the container.</param>
public sealed record ControlRequest(string Id, string ExecId, uint First, uint Second = 0)
{
    /// <summary>Reads a request.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static ControlRequest Parse(ReadOnlySpan<byte> message)
    {
        string id = "", execId = "";
        uint first = 0, second = 0;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: id = reader.Text; break;
                case 2: execId = reader.Text; break;
                case 3: first = (uint)reader.Number; break;
                case 4: second = (uint)reader.Number; break;
            }
        }
        return new ControlRequest(id, execId, first, second);
    }

    /// <summary>The request as it goes over the wire.</summary>
    public byte[] ToBytes()
    {
        ProtobufWriter writer = new();
        writer.TextIfSet(1, Id);
        writer.TextIfSet(2, ExecId);
        writer.NumberIfSet(3, First);
        writer.NumberIfSet(4, Second);
        return writer.ToArray();
    }
}
