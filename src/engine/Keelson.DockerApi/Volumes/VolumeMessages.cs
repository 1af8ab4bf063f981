using System.Globalization;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Volumes;

/// <summary>Volumes as messages of the API.</summary>
internal static class VolumeMessages
{
    /// <summary>A volume.</summary>
    public static Docker.Volume Of(VolumeInfo volume) => new()
    {
        // dockerd writes no fractions here.
        CreatedAt = volume.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        Driver = volume.Driver,
        Labels = volume.Labels.Count > 0 ? new(volume.Labels) : null,
        Mountpoint = volume.Path,
        Name = volume.Name,
        Options = volume.Options.Count > 0 ? new(volume.Options) : null,
        Scope = volume.Scope,
        Status = volume.Status is null ? null : new(volume.Status),
    };
}
