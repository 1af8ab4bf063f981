namespace Keelson.Docker;

/// <summary>An answer that is the ID of what was made.</summary>
public sealed record IdResponse
{
    public string Id { get; set => field = value ?? ""; } = "";
}
