using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Keelson.Docker;

/// <summary>Values of JSON one after another, as progress, events and statistics come.</summary>
/// <param name="source">Where they come from; not closed.</param>
public sealed class JsonStream(Stream source)
{
    private const int MostBytes = 64 << 20;
    private byte[] buffer = new byte[8 << 10];
    private int start, end;

    /// <summary>The bytes of the last value that was read, until the next one is.</summary>
    public ReadOnlyMemory<byte> Raw { get; private set; }

    /// <summary>Whether the next value is here as a whole, so that reading it does not wait.</summary>
    public bool HasNext => FindEnd(isFinal: false) >= 0;

    /// <summary>Reads the next value.</summary>
    /// <returns><see langword="null"/> at the end.</returns>
    /// <exception cref="KeelsonException">DataLoss: it is no JSON. Unavailable: the connection ended in the middle.</exception>
    public T? Read<T>(JsonTypeInfo<T> type) where T : class
    {
        if (!Next()) return null;
        try
        {
            return JsonSerializer.Deserialize(Raw.Span, type);
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.DataLoss, "read a message of the engine: it has another form", e);
        }
    }

    /// <summary>Goes to the next value, which is then in <see cref="Raw"/>.</summary>
    public bool Next()
    {
        int length;
        while ((length = FindEnd(isFinal: false)) < 0)
        {
            if (Fill()) continue;
            while (start < end && IsBlank(buffer[start])) start++;
            if (start == end) return false;
            length = FindEnd(isFinal: true);
            break;
        }
        Raw = buffer.AsMemory(start, length);
        start += length;
        return true;
    }

    /// <summary>Reads what is there, after waiting for the first byte.</summary>
    /// <returns>Whether there was any; otherwise this is the end.</returns>
    public bool Fill()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        if (end == buffer.Length)
        {
            if (end >= MostBytes) throw new KeelsonException(ErrorKind.DataLoss, $"read a message of the engine: it is longer than {MostBytes} bytes");
            Array.Resize(ref buffer, buffer.Length * 2);
        }
        int count = source.Read(buffer.AsSpan(end));
        end += count;
        return count > 0;
    }

    private int FindEnd(bool isFinal)
    {
        while (start < end && IsBlank(buffer[start])) start++;
        if (start == end) return -1;
        Utf8JsonReader reader = new(buffer.AsSpan(start, end - start), isFinal, new JsonReaderState(new JsonReaderOptions { AllowMultipleValues = true }));
        try
        {
            if (!reader.Read() || !reader.TrySkip()) return isFinal ? throw new KeelsonException(ErrorKind.Unavailable, "read a message of the engine: the connection ended in the middle") : -1;
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.DataLoss, "read a message of the engine: it is no JSON", e);
        }
        return (int)reader.BytesConsumed;
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';
}
