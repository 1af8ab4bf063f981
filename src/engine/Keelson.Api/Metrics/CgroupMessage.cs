using Keelson.Protobuf;

namespace Keelson.Api.Metrics;

/// <summary>A message of Protocol Buffers taken apart once, for families to look fields up in by number. A number that is not there is 0, as proto3 says.</summary>
internal sealed class CgroupMessage
{
    private readonly List<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> fields = [];
    private readonly Dictionary<int, CgroupMessage> parts = [];

    /// <summary>Takes a message apart.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public CgroupMessage(ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message);
        while (reader.Next()) fields.Add((reader.Field, (ulong)reader.Number, reader.Bytes.ToArray()));
    }

    /// <summary>A message in this one; <see langword="null"/> when it is not there.</summary>
    public CgroupMessage? Part(int field)
    {
        if (parts.TryGetValue(field, out CgroupMessage? part)) return part;
        int at = fields.FindLastIndex(entry => entry.Field == field);
        return at < 0 ? null : parts[field] = new(fields[at].Bytes.Span);
    }

    /// <summary>All messages of a repeated field.</summary>
    public IEnumerable<CgroupMessage> All(int field) => fields.Where(entry => entry.Field == field).Select(entry => new CgroupMessage(entry.Bytes.Span));

    /// <summary>A number.</summary>
    public ulong Number(int field) => fields.FindLast(entry => entry.Field == field).Number;

    /// <summary>A text.</summary>
    public string Text(int field) => System.Text.Encoding.UTF8.GetString(fields.FindLast(entry => entry.Field == field).Bytes.Span);

    /// <summary>The numbers of a repeated field, packed or one by one.</summary>
    public List<ulong> Numbers(int field)
    {
        List<ulong> values = [];
        foreach ((int number, ulong value, ReadOnlyMemory<byte> bytes) in fields)
        {
            if (number != field) continue;
            if (bytes.IsEmpty) values.Add(value);
            else ProtobufReader.Unpack(bytes.Span, values);
        }
        return values;
    }
}
