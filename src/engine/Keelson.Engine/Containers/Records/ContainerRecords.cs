using System.Text.Json;
using Keelson.Content;
using Keelson.Protobuf;

namespace Keelson.Engine.Containers;

/// <summary>Containers as records of the metadata database, which containerd's clients read: <c>containerd.services.containers.v1.Container</c> with an extension of ours.</summary>
internal static class ContainerRecords
{
    /// <summary>Name of the extension, and type of what it holds, which is JSON.</summary>
    public const string Extension = "io.keelson.container";

    /// <summary>Type of an OCI configuration in JSON, as containerd's.</summary>
    public const string SpecType = "types.containerd.io/opencontainers/runtime-spec/1/Spec";

    /// <summary>The runtime of a container whose settings name none.</summary>
    public const string DefaultRuntime = "io.containerd.keelson.v2";

    // Numbers of Container's fields.
    private const int SpecField = 5, ExtensionsField = 10;

    /// <summary>Makes the record of a new container.</summary>
    public static ContainerRecord Make(ContainerInfo info, ReadOnlySpan<byte> spec) => new(info.Id)
    {
        Labels = Labels(info.Settings.Labels),
        Image = info.Settings.Image,
        RuntimeName = Runtime(info.Host.Runtime) is { Length: > 0 } runtime ? runtime : DefaultRuntime,
        Snapshotter = info.Snapshotter,
        SnapshotKey = info.SnapshotKey,
        Payload = Payload(info, spec, removesVolumes: false),
    };

    /// <summary>Name of the shim's runtime for a name of docker's: <c>runc</c> is what its shim is called.</summary>
    public static string Runtime(string name) => name switch
    {
        "" or "keelson" => "",
        "runc" => "io.containerd.runc.v2",
        _ => name,
    };

    /// <summary>Makes the payload: the specification and the engine's own knowledge.</summary>
    public static byte[] Payload(ContainerInfo info, ReadOnlySpan<byte> spec, bool removesVolumes)
    {
        StoredContainer stored = new()
        {
            Name = info.Name,
            ImageId = info.ImageId,
            Settings = info.Settings,
            Host = info.Host,
            Mounts = info.Mounts,
            Networks = info.Networks.Count > 0 ? info.Networks : null,
            State = info.State,
            RemovesVolumes = removesVolumes,
        };
        ProtobufWriter message = new(), own = new(), entry = new(), any = new();
        any.Text(1, SpecType);
        any.Bytes(2, spec);
        own.Text(1, Extension);
        own.Bytes(2, JsonSerializer.SerializeToUtf8Bytes(stored, StoredJson.Default.StoredContainer));
        entry.Text(1, Extension);
        entry.Message(2, own);
        message.Message(SpecField, any);
        message.Message(ExtensionsField, entry);
        return message.ToArray();
    }

    /// <summary>Reads a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="directory">The directory of containers' files.</param>
    /// <param name="removesVolumes">Whether unnamed volumes go with it, when it is being removed.</param>
    /// <returns><see langword="null"/> for one that is not ours.</returns>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static ContainerInfo? Read(ContainerRecord record, string directory, out bool removesVolumes)
    {
        removesVolumes = false;
        ReadOnlySpan<byte> json = Find(record.Payload.Span);
        if (json.IsEmpty) return null;
        StoredContainer stored;
        try
        {
            stored = JsonSerializer.Deserialize(json, StoredJson.Default.StoredContainer) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.DataLoss, $"read container {record.Id}: its extension is damaged", e);
        }
        removesVolumes = stored.RemovesVolumes;
        return new(record.Id, stored.Name)
        {
            CreatedAt = record.CreatedAt,
            Settings = stored.Settings,
            Host = stored.Host,
            State = stored.State,
            ImageId = stored.ImageId,
            Mounts = stored.Mounts,
            Networks = stored.Networks ?? new Dictionary<string, EndpointSettings>(),
            Snapshotter = record.Snapshotter,
            Directory = directory + "/" + record.Id,
            LogPath = LogPath(directory, record.Id, stored.Host),
        };
    }

    /// <summary>Where docker's clients find the log; empty for a driver whose files are its own matter.</summary>
    public static string LogPath(string directory, string id, HostSettings host) => host.LogConfig.Type is "" or LogPolicy.JsonFile ? $"{directory}/{id}/{id}-json.log" : "";

    /// <summary>The specification of a record.</summary>
    public static byte[] Spec(ContainerRecord record)
    {
        ProtobufReader reader = new(record.Payload.Span);
        while (reader.Next())
            if (reader.Field == SpecField) return Value(reader.Bytes).ToArray();
        return [];
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> payload)
    {
        ProtobufReader reader = new(payload);
        while (reader.Next())
        {
            if (reader.Field != ExtensionsField) continue;
            ProtobufReader entry = new(reader.Bytes);
            bool isOurs = false;
            ReadOnlySpan<byte> value = default;
            while (entry.Next())
            {
                if (entry.Field == 1) isOurs = entry.Text == Extension;
                else if (entry.Field == 2) value = Value(entry.Bytes);
            }
            if (isOurs) return value;
        }
        return default;
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> any)
    {
        ProtobufReader reader = new(any);
        while (reader.Next())
            if (reader.Field == 2) return reader.Bytes;
        return default;
    }

    /// <summary>Labels for the record. Those that steer the engine, and those that are too long for it, are docker's alone: an image may have brought them.</summary>
    private static LabelSet Labels(IReadOnlyDictionary<string, string>? labels) =>
        ControlLabels.Strip((labels ?? new Dictionary<string, string>()).Where(label => label.Key.Length > 0
            && System.Text.Encoding.UTF8.GetByteCount(label.Key) + System.Text.Encoding.UTF8.GetByteCount(label.Value) <= LabelSet.LimitBytes));
}
