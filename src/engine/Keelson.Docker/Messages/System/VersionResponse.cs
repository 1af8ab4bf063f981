using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The answer to GET /version.</summary>
public sealed record VersionResponse
{
    public VersionPlatform Platform { get; set => field = value ?? new(); } = new();

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ComponentVersion[]? Components { get; set => field = Empty.ToNull(value); }

    public string Version { get; set => field = value ?? ""; } = "";

    public string ApiVersion { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MinAPIVersion { get; set => field = Empty.ToNull(value); }

    public string GitCommit { get; set => field = value ?? ""; } = "";

    public string GoVersion { get; set => field = value ?? ""; } = "";

    public string Os { get; set => field = value ?? ""; } = "";

    public string Arch { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? KernelVersion { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Experimental { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BuildTime { get; set => field = Empty.ToNull(value); }
}
