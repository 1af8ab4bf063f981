namespace Keelson.Engine.Containers;

/// <summary>Volumes of the driver <c>local</c>: directories below ROOT/volumes that outlive containers.</summary>
public interface IVolumeService
{
    /// <summary>Makes a volume, or finds one of this name with the same driver.</summary>
    /// <param name="name">Its name; empty for 64 random hexadecimal digits.</param>
    /// <param name="labels">Labels.</param>
    /// <param name="options">Options of the driver: <c>type</c>, <c>device</c>, <c>o</c>, as mount(8) takes them; mounted while a container uses it.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it is no name, or an option is unknown. AlreadyExists: it is there with other options.</exception>
    Task<VolumeInfo> CreateAsync(string name = "", IReadOnlyDictionary<string, string>? labels = null, IReadOnlyDictionary<string, string>? options = null, CancellationToken cancel = default);

    /// <summary>A volume.</summary>
    /// <exception cref="KeelsonException">NotFound.</exception>
    VolumeInfo Get(string name);

    /// <summary>All volumes, by name.</summary>
    IReadOnlyList<VolumeInfo> List();

    /// <summary>Removes a volume with all that is in it.</summary>
    /// <exception cref="KeelsonException">NotFound, unless <paramref name="force"/> is on. FailedPrecondition: containers use it; the message ends with their identities.</exception>
    Task RemoveAsync(string name, bool force = false, CancellationToken cancel = default);

    /// <summary>Removes volumes that no container uses.</summary>
    /// <param name="filter">Which of them; all by default.</param>
    /// <param name="cancel">Ends it early.</param>
    Task<PruneReport> PruneAsync(Func<VolumeInfo, bool>? filter = null, CancellationToken cancel = default);

    /// <summary>Bytes of a volume's files, and how many containers use it.</summary>
    Task<(long SizeBytes, int Users)> UsageAsync(string name, CancellationToken cancel = default);
}

/// <summary>A volume.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">Where its files are on the host.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Labels">Labels.</param>
/// <param name="Options">Options of the driver.</param>
/// <param name="IsAnonymous">Whether the engine made up its name.</param>
public sealed record VolumeInfo(string Name, string Path, DateTimeOffset CreatedAt, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Options, bool IsAnonymous);
