using System.Buffers.Binary;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Connections;

/// <summary>The frames that carry output and errors over one connection. Docker Engine API "Stream format" of <c>ContainerAttach</c>.</summary>
/// <remarks>
/// <code>
/// 0        1  2  3  4           8
/// | stream | 0  0  0 | length    | bytes …
///                      big endian
/// </code>
/// </remarks>
internal static class StreamFrame
{
    /// <summary>Length of the head, in bytes.</summary>
    public const int HeadBytes = 8;

    /// <summary>Writes a head.</summary>
    public static void WriteHead(Span<byte> head, StandardStream stream, int length)
    {
        head[..HeadBytes].Clear();
        head[0] = (byte)stream;
        BinaryPrimitives.WriteInt32BigEndian(head[4..], length);
    }
}
