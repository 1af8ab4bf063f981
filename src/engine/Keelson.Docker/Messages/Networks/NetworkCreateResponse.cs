namespace Keelson.Docker;

/// <summary>The answer to POST /networks/create.</summary>
public sealed record NetworkCreateResponse
{
    public string Id { get; set => field = value ?? ""; } = "";

    public string Warning { get; set => field = value ?? ""; } = "";
}
