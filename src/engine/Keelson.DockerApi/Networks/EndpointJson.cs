using System.Text;
using System.Text.Json;

namespace Keelson.DockerApi.Networks;

/// <summary>A place in a network as JSON, made once: containers in the same network differ in the identity of their endpoint alone.</summary>
internal sealed class EndpointJson
{
    private const int IdBytes = 64;
    private static readonly byte[] Mark = "\"EndpointID\":\""u8.ToArray();
    private readonly byte[] text;
    private readonly int head;

    /// <param name="settings">One network or none; its endpoint has no identity.</param>
    public EndpointJson(Docker.SummaryNetworkSettings settings)
    {
        Idle = JsonSerializer.SerializeToUtf8Bytes(settings, Docker.DockerJson.Default.SummaryNetworkSettings);
        int mark = Idle.AsSpan().IndexOf(Mark);
        head = mark < 0 ? Idle.Length : mark + Mark.Length;
        text = new byte[Idle.Length + IdBytes];
        Idle.AsSpan(0, head).CopyTo(text);
        Idle.AsSpan(head).CopyTo(text.AsSpan(head + IdBytes));
    }

    /// <summary>Of a container that does not run.</summary>
    public byte[] Idle { get; }

    /// <summary>With an endpoint. It is good until the next call.</summary>
    /// <param name="endpointId">64 hexadecimal digits.</param>
    public ReadOnlySpan<byte> With(string endpointId)
    {
        Encoding.ASCII.GetBytes(endpointId, text.AsSpan(head, IdBytes));
        return text;
    }
}
