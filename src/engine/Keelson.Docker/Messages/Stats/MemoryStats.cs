using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>Memory of a container in bytes; the kernel's own figures by their names.</summary>
public sealed record MemoryStats
{
    [JsonPropertyName("usage"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Usage { get; set; }

    [JsonPropertyName("max_usage"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong MaxUsage { get; set; }

    [JsonPropertyName("stats"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, ulong>? Stats { get; set => field = Empty.ToNull(value); }

    [JsonPropertyName("failcnt"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Failcnt { get; set; }

    [JsonPropertyName("limit"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Limit { get; set; }

    [JsonPropertyName("commitbytes"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Commit { get; set; }

    [JsonPropertyName("commitpeakbytes"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong CommitPeak { get; set; }

    [JsonPropertyName("privateworkingset"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong PrivateWorkingSet { get; set; }
}
