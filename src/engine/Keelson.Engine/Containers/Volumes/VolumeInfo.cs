using System.Text.Json;

namespace Keelson.Engine.Containers;

/// <summary>A volume.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">Where its files are on the host; empty: its plug-in does not say while it is not mounted.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Labels">Labels.</param>
/// <param name="Options">Options of the driver.</param>
/// <param name="IsAnonymous">Whether the engine made up its name.</param>
public sealed record VolumeInfo(string Name, string Path, DateTimeOffset CreatedAt, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Options, bool IsAnonymous)
{
    /// <summary>Who keeps it: <c>local</c>, or the name of a plug-in.</summary>
    public string Driver { get; init; } = IVolumeService.Local;

    /// <summary>How far it can be seen: <c>local</c>, or <c>global</c> where its plug-in says so.</summary>
    public string Scope { get; init; } = IVolumeService.Local;

    /// <summary>What its plug-in tells besides; <see langword="null"/>: nothing.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Status { get; init; }

    /// <summary>Whether it is a directory of the driver <c>local</c> and nothing else: docker counts and prunes these alone.</summary>
    public bool IsPlain => Driver == IVolumeService.Local && Options.Count == 0;
}
