namespace Keelson.Docker;

/// <summary>A resource limit of processes; -1 is unlimited.</summary>
public sealed record Ulimit
{
    public string Name { get; set => field = value ?? ""; } = "";

    public long Hard { get; set; }

    public long Soft { get; set; }
}
