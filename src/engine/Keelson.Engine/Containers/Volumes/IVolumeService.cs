namespace Keelson.Engine.Containers;

/// <summary>Volumes, which outlive containers: directories below ROOT/volumes by the driver <c>local</c>, and those of plug-ins.</summary>
/// <remarks><see cref="Get"/> and <see cref="List"/> say what is written down here and wait for nothing; <see cref="InspectAsync"/> and <see cref="ListAsync"/> ask plug-ins.</remarks>
public interface IVolumeService
{
    /// <summary>The driver that is no plug-in.</summary>
    const string Local = "local";

    /// <summary>The option of <see cref="Local"/> that names a volume to begin with a copy of.</summary>
    const string FromOption = "keelson.from";

    /// <summary>The option that, with the value <c>true</c>, lets the copy take the place of what the volume has.</summary>
    const string ReplaceOption = "keelson.replace";

    /// <summary>Drivers that are known: <c>local</c>, and plug-ins that are there.</summary>
    IReadOnlyList<string> Drivers { get; }

    /// <summary>Makes a volume, or finds one of this name with the same driver.</summary>
    /// <param name="name">Its name; empty for 64 random hexadecimal digits.</param>
    /// <param name="labels">Labels.</param>
    /// <param name="options">
    /// Options of the driver. Of <c>local</c>: <c>type</c>, <c>device</c>, <c>o</c>, as mount(8) takes them, mounted while a container uses it; <c>size</c>, a limit that the file system keeps;
    /// <see cref="FromOption"/> and <see cref="ReplaceOption"/>.
    /// </param>
    /// <param name="driver">Its driver; empty for that of the volume of this name, and <c>local</c> when there is none.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">
    /// InvalidArgument: it is no name, or an option is unknown. AlreadyExists: it is there with another driver or other options. NotFound: there is no such plug-in, or nothing to copy.
    /// Unavailable, FailedPrecondition, DataLoss: the plug-in cannot be reached, refuses, or answers what is no answer.
    /// </exception>
    Task<VolumeInfo> CreateAsync(string name = "", IReadOnlyDictionary<string, string>? labels = null, IReadOnlyDictionary<string, string>? options = null, string driver = "", CancellationToken cancel = default);

    /// <summary>A volume, as it is written down.</summary>
    /// <exception cref="KeelsonException">NotFound.</exception>
    VolumeInfo Get(string name);

    /// <summary>A volume, as its driver describes it. One that is not written down is asked for at all plug-ins.</summary>
    /// <exception cref="KeelsonException">NotFound: nobody has it. Unavailable: its plug-in cannot be reached. DataLoss: what the plug-in answers is no answer.</exception>
    Task<VolumeInfo> InspectAsync(string name, CancellationToken cancel = default);

    /// <summary>All volumes that are written down, by name.</summary>
    IReadOnlyList<VolumeInfo> List();

    /// <summary>All volumes, with those that plug-ins have of others. Plug-ins are asked at the same time, and have a short time to answer.</summary>
    Task<VolumeListing> ListAsync(CancellationToken cancel = default);

    /// <summary>Removes a volume with all that is in it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="force">One that is not there is no error; one whose plug-in is gone is forgotten.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">NotFound, unless <paramref name="force"/> is on. FailedPrecondition: containers use it, and the message ends with their identities; or its plug-in refuses.</exception>
    Task RemoveAsync(string name, bool force = false, CancellationToken cancel = default);

    /// <summary>Removes volumes that no container uses: those that are directories of <c>local</c> and nothing else, as docker.</summary>
    /// <param name="filter">Which of them; all by default.</param>
    /// <param name="cancel">Ends it early.</param>
    Task<PruneReport> PruneAsync(Func<VolumeInfo, bool>? filter = null, CancellationToken cancel = default);

    /// <summary>Bytes of the files of a volume of <c>local</c>, and how many containers use it.</summary>
    Task<(long SizeBytes, int Users)> UsageAsync(string name, CancellationToken cancel = default);
}
