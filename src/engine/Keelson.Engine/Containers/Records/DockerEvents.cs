using Keelson.Content;
using Keelson.Protobuf;

namespace Keelson.Engine.Containers;

/// <summary>Events in docker's terms in the engine's log: topic <c>/docker/TYPE/ACTION</c>, payload <c>google.protobuf.Struct</c>, which every client can read.</summary>
internal static class DockerEvents
{
    private const string Prefix = "/docker/", TypeUrl = "google.protobuf.Struct";

    /// <summary>Longest action and attribute, in characters; what is longer is cut.</summary>
    private const int LimitCharacters = 4096;

    /// <summary>Makes an event.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="type"><c>container</c>, <c>volume</c>.</param>
    /// <param name="action">What happened; after a colon what it was done with.</param>
    /// <param name="id">Identity of what it happened to.</param>
    /// <param name="attributes">What else is known.</param>
    public static EventDraft Draft(string space, string type, string action, string id, IEnumerable<KeyValuePair<string, string>> attributes)
    {
        ProtobufWriter message = new();
        Add(message, "type", type);
        Add(message, "action", Cut(action));
        Add(message, "id", id);
        ProtobufWriter inner = new();
        foreach ((string key, string value) in attributes) Add(inner, Cut(key), Cut(value));
        ProtobufWriter structure = new(), entry = new();
        structure.Message(5, inner);
        entry.Text(1, "attributes");
        entry.Message(2, structure);
        message.Message(1, entry);
        int colon = action.IndexOf(':', StringComparison.Ordinal);
        return new(space, Prefix + type + "/" + (colon < 0 ? action : action[..colon]).Replace('_', '-'), TypeUrl, message.ToArray());
    }

    /// <summary>An event of a container.</summary>
    public static EventDraft Container(string space, ContainerInfo info, string action, params ReadOnlySpan<(string Key, string Value)> more)
    {
        Dictionary<string, string> attributes = new(info.Settings.Labels ?? new Dictionary<string, string>()) { ["image"] = info.Settings.Image, ["name"] = info.Name };
        foreach ((string key, string value) in more) attributes[key] = value;
        return Draft(space, "container", action, info.Id, attributes);
    }

    /// <summary>Reads an event; <see langword="null"/> for one of another kind.</summary>
    public static ContainerEvent? Read(EventRecord record)
    {
        if (!record.Topic.StartsWith(Prefix, StringComparison.Ordinal) || record.TypeUrl != TypeUrl) return null;
        string type = "", action = "", id = "";
        SortedDictionary<string, string> attributes = new(StringComparer.Ordinal);
        ProtobufReader reader = new(record.Payload.Span);
        while (reader.Next())
        {
            if (reader.Field != 1) continue;
            (string key, string text, byte[] inner) = Entry(reader.Bytes);
            switch (key)
            {
                case "type": type = text; break;
                case "action": action = text; break;
                case "id": id = text; break;
                case "attributes":
                    ProtobufReader fields = new(inner);
                    while (fields.Next())
                        if (fields.Field == 1 && Entry(fields.Bytes) is var (name, value, _)) attributes[name] = value;
                    break;
            }
        }
        return new(record.Sequence, type, action, id, attributes, record.Timestamp);
    }

    private static void Add(ProtobufWriter message, string key, string value)
    {
        ProtobufWriter text = new(), entry = new();
        text.Text(3, value);
        entry.Text(1, key);
        entry.Message(2, text);
        message.Message(1, entry);
    }

    private static (string Key, string Text, byte[] Inner) Entry(ReadOnlySpan<byte> bytes)
    {
        string key = "", text = "";
        byte[] inner = [];
        ProtobufReader entry = new(bytes);
        while (entry.Next())
        {
            if (entry.Field == 1) key = entry.Text;
            if (entry.Field != 2) continue;
            ProtobufReader value = new(entry.Bytes);
            while (value.Next())
            {
                if (value.Field == 3) text = value.Text;
                else if (value.Field == 5) inner = value.Bytes.ToArray();
            }
        }
        return (key, text, inner);
    }

    private static string Cut(string text) => text.Length <= LimitCharacters ? text : text[..LimitCharacters];
}
