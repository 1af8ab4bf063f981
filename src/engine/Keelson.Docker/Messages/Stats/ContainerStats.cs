using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>One sample of GET /containers/(id)/stats, with the CPU figures of the one before it.</summary>
public sealed record ContainerStats
{
    [JsonPropertyName("read")]
    public string Read { get; set => field = value ?? ""; } = "";

    [JsonPropertyName("preread")]
    public string PreRead { get; set => field = value ?? ""; } = "";

    [JsonPropertyName("pids_stats")]
    public PidsStats PidsStats { get; set => field = value ?? new(); } = new();

    [JsonPropertyName("blkio_stats")]
    public BlkioStats BlkioStats { get; set => field = value ?? new(); } = new();

    [JsonPropertyName("num_procs")]
    public uint NumProcs { get; set; }

    [JsonPropertyName("storage_stats")]
    public StorageStats StorageStats { get; set => field = value ?? new(); } = new();

    [JsonPropertyName("cpu_stats")]
    public CpuStats CpuStats { get; set => field = value ?? new(); } = new();

    [JsonPropertyName("precpu_stats")]
    public CpuStats PreCpuStats { get; set => field = value ?? new(); } = new();

    [JsonPropertyName("memory_stats")]
    public MemoryStats MemoryStats { get; set => field = value ?? new(); } = new();

    [JsonPropertyName("name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; set => field = Empty.ToNull(value); }

    [JsonPropertyName("id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; set => field = Empty.ToNull(value); }

    [JsonPropertyName("networks"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, NetworkStats>? Networks { get; set => field = Empty.ToNull(value); }
}
