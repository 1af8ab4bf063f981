using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;

namespace Keelson.Snapshots;

/// <summary>One change of the index: a row goes, a row comes, or both at once.</summary>
/// <param name="Removed">Key of the row that goes.</param>
/// <param name="Added">The row that comes, or takes the place of the one of its key.</param>
/// <param name="NextId">No row has this number or a higher one; for the first record of a file.</param>
internal sealed record IndexRecord(string? Removed, SnapshotRow? Added, long NextId = 0)
{
    /// <summary>Writes the record as JSON.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="syncedBytes">How much of the file is known to be on the disk.</param>
    public void Write(IBufferWriter<byte> output, long syncedBytes)
    {
        using Utf8JsonWriter json = new(output);
        json.WriteStartObject();
        json.WriteNumber("synced", syncedBytes);
        if (NextId > 0) json.WriteNumber("next", NextId);
        if (Removed is not null) json.WriteString("remove", Removed);
        if (Added is not null)
        {
            json.WriteStartObject("add");
            json.WriteNumber("id", Added.Id);
            json.WriteString("key", Added.Key);
            json.WriteNumber("kind", (int)Added.Info.Kind);
            if (Added.Info.Parent.Length > 0) json.WriteString("parent", Added.Info.Parent);
            json.WriteNumber("created", Added.Info.CreatedAt.UtcTicks);
            json.WriteNumber("updated", Added.Info.UpdatedAt.UtcTicks);
            if (Added.Usage.SizeBytes > 0) json.WriteNumber("size", Added.Usage.SizeBytes);
            if (Added.Usage.Inodes > 0) json.WriteNumber("inodes", Added.Usage.Inodes);
            if (Added.IsWhole) json.WriteBoolean("whole", true);
            if (Added.Info.Labels.Count > 0)
            {
                json.WriteStartObject("labels");
                foreach ((string key, string value) in Added.Info.Labels) json.WriteString(key, value);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote. Names that are not known are passed over.</summary>
    /// <exception cref="JsonException">It is not JSON of this form.</exception>
    public static IndexRecord Read(ReadOnlySpan<byte> text, out long syncedBytes)
    {
        Utf8JsonReader json = new(text);
        string? removed = null;
        SnapshotRow? added = null;
        long next = 0;
        syncedBytes = 0;
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("synced"u8)) syncedBytes = Number(ref json);
            else if (json.ValueTextEquals("next"u8)) next = Number(ref json);
            else if (json.ValueTextEquals("remove"u8)) removed = String(ref json);
            else if (json.ValueTextEquals("add"u8)) added = Row(ref json);
            else json.Skip();
        }
        return new(removed, added, next);
    }

    private static SnapshotRow Row(ref Utf8JsonReader json)
    {
        long id = 0, size = 0, inodes = 0;
        bool isWhole = false;
        SnapshotInfo info = new("");
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8)) id = Number(ref json);
            else if (json.ValueTextEquals("key"u8)) info = info with { Name = String(ref json) };
            else if (json.ValueTextEquals("kind"u8)) info = info with { Kind = (SnapshotKind)Number(ref json) };
            else if (json.ValueTextEquals("parent"u8)) info = info with { Parent = String(ref json) };
            else if (json.ValueTextEquals("created"u8)) info = info with { CreatedAt = new(Number(ref json), TimeSpan.Zero) };
            else if (json.ValueTextEquals("updated"u8)) info = info with { UpdatedAt = new(Number(ref json), TimeSpan.Zero) };
            else if (json.ValueTextEquals("size"u8)) size = Number(ref json);
            else if (json.ValueTextEquals("inodes"u8)) inodes = Number(ref json);
            else if (json.ValueTextEquals("whole"u8)) isWhole = json.Read() && json.GetBoolean();
            else if (json.ValueTextEquals("labels"u8)) info = info with { Labels = Labels(ref json) };
            else json.Skip();
        }
        return new(id, info) { Usage = new(size, inodes), IsWhole = isWhole };
    }

    private static ImmutableSortedDictionary<string, string> Labels(ref Utf8JsonReader json)
    {
        ImmutableSortedDictionary<string, string>.Builder labels = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string key = json.GetString()!;
            labels[key] = String(ref json);
        }
        return labels.ToImmutable();
    }

    private static long Number(ref Utf8JsonReader json) => json.Read() ? json.GetInt64() : 0;

    private static string String(ref Utf8JsonReader json) => json.Read() ? json.GetString() ?? "" : "";
}
