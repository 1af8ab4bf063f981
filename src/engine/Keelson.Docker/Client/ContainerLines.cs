using System.Text;
using System.Text.Json;
using Keelson.Docker.Http;

namespace Keelson.Docker;

/// <summary>The rows of GET /containers/json, read one by one while they come. A thousand of them are 670 KB, of which a table shows a tenth; the rest is passed over.</summary>
/// <remarks>Names of fields are taken in any case, as everywhere. The caller reads to the end or disposes of it; nothing else can be asked meanwhile.</remarks>
public sealed class ContainerLines : IDisposable
{
    private const int BufferBytes = 64 << 10, MostRowBytes = 64 << 20;
    private static readonly ContainerLine Empty = new("", [], "", "", "", 0, [], "", 0, 0);
    private readonly HttpConnection connection;
    private readonly Stream body;
    private byte[] buffer = new byte[BufferBytes];
    private int start, end;
    private bool isWhole;
    private JsonReaderState state;
    private ContainerLine last = Empty;

    internal ContainerLines(HttpConnection connection, Stream body)
    {
        this.connection = connection;
        this.body = body;
    }

    /// <summary>Reads the next row.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="KeelsonException">The answer has another form, or it ended in the middle.</exception>
    public bool TryRead(out ContainerLine line)
    {
        try
        {
            while (true)
            {
                Utf8JsonReader reader = new(buffer.AsSpan(start, end - start), isWhole, state);
                if (TryRow(ref reader, out bool isRow))
                {
                    start += (int)reader.BytesConsumed;
                    state = reader.CurrentState;
                    line = last;
                    return isRow;
                }
                Fill();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new KeelsonException(ErrorKind.Unknown, "read the engine's answer: it has another form", e);
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        body.Dispose();
        connection.Dispose();
    }

    /// <summary>Reads one row from its beginning; what came of it so far is read again when it was not whole.</summary>
    /// <returns>Whether all of it was there.</returns>
    private bool TryRow(ref Utf8JsonReader reader, out bool isRow)
    {
        isRow = false;
        if (!reader.Read()) return false;
        // The list itself; Go's empty list may be null.
        if (reader.CurrentDepth == 0 && reader.TokenType == JsonTokenType.StartArray && !reader.Read()) return false;
        if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.StartObject || reader.CurrentDepth != 1) throw new JsonException("it is no list of objects");
        // Most rows share image, command and status with the row before: those texts are not made again.
        ContainerLine row = Empty;
        while (true)
        {
            if (!reader.Read()) return false;
            if (reader.TokenType == JsonTokenType.EndObject) break;
            Field field = Match(reader.ValueSpan);
            if (!reader.Read()) return false;
            switch (field)
            {
                case Field.Id: row = row with { Id = reader.GetString() ?? "" }; break;
                case Field.Image: row = row with { Image = Text(ref reader, last.Image) }; break;
                case Field.ImageId: row = row with { ImageId = Text(ref reader, last.ImageId) }; break;
                case Field.Command: row = row with { Command = Text(ref reader, last.Command) }; break;
                case Field.Status: row = row with { Status = Text(ref reader, last.Status) }; break;
                case Field.Created: row = row with { Created = Number(ref reader) }; break;
                case Field.SizeRw: row = row with { SizeRw = Number(ref reader) }; break;
                case Field.SizeRootFs: row = row with { SizeRootFs = Number(ref reader) }; break;
                case Field.Names:
                    if (!TryNames(ref reader, out IReadOnlyList<string> names)) return false;
                    row = row with { Names = names };
                    break;
                case Field.Ports:
                    if (!TryPorts(ref reader, out IReadOnlyList<Port> ports)) return false;
                    row = row with { Ports = ports };
                    break;
                default:
                    if (!reader.TrySkip()) return false;
                    break;
            }
        }
        last = row;
        return isRow = true;
    }

    private static string Text(ref Utf8JsonReader reader, string likely) => reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(likely) ? likely : reader.GetString() ?? "";

    private static long Number(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Null ? 0 : reader.GetInt64();

    private static bool TryNames(ref Utf8JsonReader reader, out IReadOnlyList<string> names)
    {
        names = [];
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("names are no list");
        string? first = null;
        List<string>? several = null;
        while (true)
        {
            if (!reader.Read()) return false;
            if (reader.TokenType == JsonTokenType.EndArray) break;
            string name = reader.GetString() ?? "";
            if (first is null) first = name;
            else (several ??= [first]).Add(name);
        }
        names = several ?? (first is null ? (IReadOnlyList<string>)[] : [first]);
        return true;
    }

    private static bool TryPorts(ref Utf8JsonReader reader, out IReadOnlyList<Port> ports)
    {
        ports = [];
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("ports are no list");
        List<Port>? found = null;
        while (true)
        {
            if (!reader.Read()) return false;
            if (reader.TokenType == JsonTokenType.EndArray) break;
            Utf8JsonReader whole = reader;
            if (!whole.TrySkip()) return false;
            (found ??= []).Add(JsonSerializer.Deserialize(ref reader, DockerJson.Default.Port) ?? new());
        }
        ports = found ?? ports;
        return true;
    }

    private void Fill()
    {
        if (isWhole) throw new JsonException("it ends in the middle");
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        end -= start;
        start = 0;
        if (end == buffer.Length)
        {
            if (buffer.Length >= MostRowBytes) throw new JsonException($"a row is longer than {MostRowBytes} bytes");
            Array.Resize(ref buffer, buffer.Length * 2);
        }
        int count = body.Read(buffer.AsSpan(end));
        end += count;
        isWhole = count == 0;
    }

    private static Field Match(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when Is(name, "Id"u8) => Field.Id,
        5 when Is(name, "Names"u8) => Field.Names,
        5 when Is(name, "Image"u8) => Field.Image,
        5 when Is(name, "Ports"u8) => Field.Ports,
        6 when Is(name, "Status"u8) => Field.Status,
        6 when Is(name, "SizeRw"u8) => Field.SizeRw,
        7 when Is(name, "ImageID"u8) => Field.ImageId,
        7 when Is(name, "Command"u8) => Field.Command,
        7 when Is(name, "Created"u8) => Field.Created,
        10 when Is(name, "SizeRootFs"u8) => Field.SizeRootFs,
        _ => Field.Other,
    };

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> field) => name.SequenceEqual(field) || Ascii.EqualsIgnoreCase(name, field);

    private enum Field
    {
        Other,
        Id,
        Names,
        Image,
        ImageId,
        Command,
        Created,
        Ports,
        Status,
        SizeRw,
        SizeRootFs,
    }
}
