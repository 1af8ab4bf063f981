namespace Keelson.Docker;

/// <summary>What a push puts into aux when a tag is done.</summary>
public sealed record PushAux
{
    public string Tag { get; set => field = value ?? ""; } = "";

    public string Digest { get; set => field = value ?? ""; } = "";

    public long Size { get; set; }
}
