namespace Keelson.DockerApi.Authorization;

/// <summary>What a plug-in for authorization says.</summary>
/// <param name="Allow">Whether it allows it.</param>
/// <param name="Msg">Why, or why not.</param>
/// <param name="Err">What went wrong; not empty: it allows nothing.</param>
internal sealed record AuthorizationAnswer(bool Allow, string? Msg, string? Err);
