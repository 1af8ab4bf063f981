namespace Keelson.Docker;

/// <summary>The answer to POST /auth.</summary>
public sealed record AuthResponse
{
    public string IdentityToken { get; set => field = value ?? ""; } = "";

    public string Status { get; set => field = value ?? ""; } = "";
}
