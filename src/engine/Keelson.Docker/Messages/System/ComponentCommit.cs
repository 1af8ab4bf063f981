namespace Keelson.Docker;

/// <summary>The commit of a program that an engine uses, and the one it expects.</summary>
public sealed record ComponentCommit
{
    public string ID { get; set => field = value ?? ""; } = "";

    public string Expected { get; set => field = value ?? ""; } = "";
}
