namespace Keelson.Engine.Containers;

/// <summary>Volumes of all drivers.</summary>
/// <param name="Volumes">The volumes, by name.</param>
/// <param name="Warnings">Plug-ins that did not answer, and why; their volumes are shown as they are written down.</param>
public sealed record VolumeListing(IReadOnlyList<VolumeInfo> Volumes, IReadOnlyList<string> Warnings);
