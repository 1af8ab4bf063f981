using System.Buffers;
using System.Text.Json;

namespace Keelson.Runtime.Containers;

/// <summary>What the runtime remembers of a container between two commands: the file <c>state.json</c> of its directory.</summary>
/// <remarks>
/// The format is the runtime's own; <c>state</c> prints the spec's. A record is written twice: before anything is made, so that what a killed
/// runtime leaves can be found, and again with the process ID.
/// </remarks>
internal sealed class ContainerRecord
{
    /// <summary>Bound of a state file: the annotations are the largest part.</summary>
    public const int MaximumBytes = 16 << 20;

    public required string Id { get; init; }
    public required string Bundle { get; init; }
    public required string Rootfs { get; init; }
    public required string OciVersion { get; init; }

    /// <summary>When it was created, RFC 3339 in UTC.</summary>
    public required string Created { get; init; }

    /// <summary>User that created it.</summary>
    public uint Owner { get; init; }

    /// <summary>The container's process; 0 before it is cloned.</summary>
    public int Pid { get; set; }

    /// <summary>When the process was started, in clock ticks since boot: tells it from a later one of the same number. proc(5) stat field 22.</summary>
    public ulong PidStart { get; set; }

    /// <summary>What the cgroup part needs to find the container's cgroup again.</summary>
    public IReadOnlyList<string> Cgroup { get; set; } = [];

    /// <summary>The container's namespaces, CLONE_NEW* bits of those that are not the runtime's own.</summary>
    public ulong Namespaces { get; init; }

    /// <summary>Whether its processes keep the session keyring of whoever starts them.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>Directory of the container in resctrl; <see langword="null"/> without one.</summary>
    public string? ResctrlDirectory { get; set; }

    /// <summary>How the process ended, as wait(2) encodes it; <see langword="null"/> while that is not known.</summary>
    public int? EndStatus { get; set; }

    public Dictionary<string, string> Annotations { get; init; } = [];

    /// <summary>The record as JSON.</summary>
    public ReadOnlySpan<byte> Format()
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        json.WriteString("id"u8, Id);
        json.WriteNumber("pid"u8, Pid);
        json.WriteNumber("pidStart"u8, PidStart);
        json.WriteString("bundle"u8, Bundle);
        json.WriteString("rootfs"u8, Rootfs);
        json.WriteString("ociVersion"u8, OciVersion);
        json.WriteString("created"u8, Created);
        json.WriteNumber("owner"u8, Owner);
        json.WriteNumber("namespaces"u8, Namespaces);
        if (EndStatus is { } end) json.WriteNumber("end"u8, end);
        if (NoNewKeyring) json.WriteBoolean("noNewKeyring"u8, true);
        if (ResctrlDirectory is not null) json.WriteString("resctrl"u8, ResctrlDirectory);
        json.WriteStartArray("cgroup"u8);
        foreach (string part in Cgroup) json.WriteStringValue(part);
        json.WriteEndArray();
        json.WriteStartObject("annotations"u8);
        foreach ((string key, string value) in Annotations) json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }

    /// <summary>Reads a record.</summary>
    /// <param name="text">The file.</param>
    /// <param name="file">Its path, for errors.</param>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static ContainerRecord Parse(ReadOnlySpan<byte> text, string file)
    {
        string id = "", bundle = "", rootfs = "", version = "", created = "";
        string? resctrl = null;
        bool noNewKeyring = false;
        int pid = 0;
        int? end = null;
        uint owner = 0;
        ulong start = 0, namespaces = 0;
        List<string> cgroup = [];
        Dictionary<string, string> annotations = [];
        try
        {
            Utf8JsonReader json = new(text);
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("cgroup"u8))
                {
                    json.Read();
                    while (json.Read() && json.TokenType != JsonTokenType.EndArray) cgroup.Add(json.GetString()!);
                }
                else if (json.ValueTextEquals("annotations"u8))
                {
                    json.Read();
                    while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                    {
                        string key = json.GetString()!;
                        json.Read();
                        annotations[key] = json.GetString()!;
                    }
                }
                else if (Is(ref json, "id"u8)) id = json.GetString()!;
                else if (Is(ref json, "pid"u8)) pid = json.GetInt32();
                else if (Is(ref json, "pidStart"u8)) start = json.GetUInt64();
                else if (Is(ref json, "bundle"u8)) bundle = json.GetString()!;
                else if (Is(ref json, "rootfs"u8)) rootfs = json.GetString()!;
                else if (Is(ref json, "ociVersion"u8)) version = json.GetString()!;
                else if (Is(ref json, "created"u8)) created = json.GetString()!;
                else if (Is(ref json, "owner"u8)) owner = json.GetUInt32();
                else if (Is(ref json, "namespaces"u8)) namespaces = json.GetUInt64();
                else if (Is(ref json, "end"u8)) end = json.GetInt32();
                else if (Is(ref json, "noNewKeyring"u8)) noNewKeyring = json.GetBoolean();
                else if (Is(ref json, "resctrl"u8)) resctrl = json.GetString();
                else
                {
                    json.Read();
                    json.Skip();
                }
            }
            if (json.TokenType != JsonTokenType.EndObject || id.Length == 0) throw new JsonException("the end is missing");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new KeelsonException(ErrorKind.DataLoss, $"read {file}: the container's state is damaged", e);
        }
        return new ContainerRecord
        {
            Id = id, Bundle = bundle, Rootfs = rootfs, OciVersion = version, Created = created, Owner = owner, Pid = pid, PidStart = start,
            Namespaces = namespaces, NoNewKeyring = noNewKeyring, ResctrlDirectory = resctrl, Cgroup = cgroup, Annotations = annotations, EndStatus = end,
        };
    }

    private static bool Is(ref Utf8JsonReader json, ReadOnlySpan<byte> name) => json.ValueTextEquals(name) && json.Read();
}
