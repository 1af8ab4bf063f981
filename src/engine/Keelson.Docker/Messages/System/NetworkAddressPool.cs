namespace Keelson.Docker;

/// <summary>Addresses from which networks are made; the size is the length of their prefix.</summary>
public sealed record NetworkAddressPool
{
    public string Base { get; set => field = value ?? ""; } = "";

    public int Size { get; set; }
}
