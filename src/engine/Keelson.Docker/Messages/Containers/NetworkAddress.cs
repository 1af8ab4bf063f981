namespace Keelson.Docker;

/// <summary>An address with the length of its prefix.</summary>
public sealed record NetworkAddress
{
    public string Addr { get; set => field = value ?? ""; } = "";

    public int PrefixLen { get; set; }
}
