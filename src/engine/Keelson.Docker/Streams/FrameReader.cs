using System.Buffers.Binary;

namespace Keelson.Docker;

/// <summary>Takes the frames apart in which output and errors of a container without a terminal share one stream.</summary>
/// <remarks>
/// Docker Engine API "Stream format": eight bytes, then the payload.
/// <code>
///   0        1  2  3    4           8
/// +--------+----------+-----------+--------
/// | stream | 0  0  0  | length BE | payload
/// +--------+----------+-----------+--------
/// </code>
/// Stream 1 is output, 2 errors; 0 is input, which the engine writes as output; 3 is an error of the engine itself.
/// </remarks>
public sealed class FrameReader
{
    /// <summary>Length of the header.</summary>
    public const int HeaderBytes = 8;

    private readonly byte[] header = new byte[HeaderBytes];
    private int headerLength;
    private uint left;

    /// <summary>Takes what came from the connection, and calls back for each part of a payload, in order.</summary>
    /// <param name="data">The next bytes of the stream, however they were cut.</param>
    /// <param name="write">Gets the number of the stream and bytes of its payload.</param>
    /// <exception cref="KeelsonException">DataLoss: this is not the beginning of a frame.</exception>
    public void Take(ReadOnlySpan<byte> data, FrameWriter write)
    {
        ArgumentNullException.ThrowIfNull(write);
        while (!data.IsEmpty)
        {
            if (left == 0)
            {
                int count = Math.Min(HeaderBytes - headerLength, data.Length);
                data[..count].CopyTo(header.AsSpan(headerLength));
                data = data[count..];
                headerLength += count;
                if (headerLength < HeaderBytes) return;
                if (header[0] > 3) throw new KeelsonException(ErrorKind.DataLoss, $"read the container's output: {header[0]} is no stream");
                headerLength = 0;
                left = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
                continue;
            }
            int part = (int)Math.Min(left, (uint)data.Length);
            write(header[0], data[..part]);
            left -= (uint)part;
            data = data[part..];
        }
    }

    /// <summary>Writes the header of a frame.</summary>
    /// <param name="target">At least <see cref="HeaderBytes"/> long.</param>
    /// <param name="stream">1 for output, 2 for errors.</param>
    /// <param name="length">Bytes of the payload.</param>
    public static void WriteHeader(Span<byte> target, byte stream, int length)
    {
        target[..HeaderBytes].Clear();
        target[0] = stream;
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], (uint)length);
    }
}
