using System.Buffers;
using Keelson.Hosting.Tls;

namespace Keelson.Fuzz.Targets;

/// <summary>What clients say first. It is the same in one piece and in two.</summary>
internal sealed class ClientHelloTarget : IFuzzTarget
{
    public string Name => "client-hello";

    public void Run(ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        ClientHello.Look look = ClientHello.See(new(bytes), out string? name);
        if (look == ClientHello.Look.More && name is not null) throw new InvalidOperationException("a name of what is not whole");
        Piece first = new(bytes.AsMemory(0, bytes.Length / 2), 0), second = first.Add(bytes.AsMemory(bytes.Length / 2));
        if (ClientHello.See(new ReadOnlySequence<byte>(first, 0, second, second.Memory.Length), out string? again) != look || again != name) throw new InvalidOperationException("it is another one in two pieces");
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> bytes, long at) => (Memory, RunningIndex) = (bytes, at);

        public Piece Add(ReadOnlyMemory<byte> bytes)
        {
            Piece next = new(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
