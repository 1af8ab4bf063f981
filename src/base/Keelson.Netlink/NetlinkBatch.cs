using System.Runtime.InteropServices;

namespace Keelson.Netlink;

/// <summary>Requests that go to the kernel together, in order.</summary>
public sealed class NetlinkBatch
{
    private readonly List<Entry> steps = [];
    private byte[] bytes = new byte[1024];
    private int used;

    /// <summary>How many requests there are.</summary>
    public int Count => steps.Count;

    /// <summary>How long they are.</summary>
    public int Bytes => used;

    /// <summary>Appends a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="operation">What it does, for errors: <c>add network device</c>.</param>
    /// <param name="target">What it is applied to, for errors.</param>
    public void Add(ref MessageWriter request, string operation, string? target)
    {
        ReadOnlySpan<byte> message = request.Message;
        if (bytes.Length - used < message.Length) Array.Resize(ref bytes, Math.Max(bytes.Length * 2, used + message.Length));
        message.CopyTo(bytes.AsSpan(used));
        steps.Add(new(used, operation, target));
        used += message.Length;
    }

    /// <summary>Forgets all requests, and keeps the memory.</summary>
    public void Clear()
    {
        steps.Clear();
        used = 0;
    }

    internal ReadOnlySpan<byte> Messages => bytes.AsSpan(0, used);

    internal (string Operation, string? Target) this[int index] => (steps[index].Operation, steps[index].Target);

    /// <summary>Where a request begins; for the one behind the last, where that ends.</summary>
    internal int StartOf(int index) => index == steps.Count ? used : steps[index].Start;

    internal ref NetlinkHeader Header(int index) => ref MemoryMarshal.AsRef<NetlinkHeader>(bytes.AsSpan(steps[index].Start));

    private readonly record struct Entry(int Start, string Operation, string? Target);
}
