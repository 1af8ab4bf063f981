using Keelson.Protobuf;

namespace Keelson.Shim.Api;

/// <summary>Maps of texts in messages: each pair is a message of its own. protobuf.dev "Maps".</summary>
internal static class TextPairs
{
    /// <summary>Adds one pair to a map.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static void Add(Dictionary<string, string> map, ReadOnlySpan<byte> pair)
    {
        string key = "", value = "";
        ProtobufReader reader = new(pair);
        while (reader.Next())
        {
            if (reader.Field == 1) key = reader.Text;
            else if (reader.Field == 2) value = reader.Text;
        }
        map[key] = value;
    }

    /// <summary>Writes all pairs of a map.</summary>
    public static void Write(ProtobufWriter writer, int field, IReadOnlyDictionary<string, string> map)
    {
        foreach ((string key, string value) in map)
        {
            ProtobufWriter pair = new();
            pair.TextIfSet(1, key);
            pair.TextIfSet(2, value);
            writer.Message(field, pair);
        }
    }
}
