namespace Keelson.Oci;

/// <summary>Cache and memory bandwidth allocation through the resctrl file system.</summary>
/// <remarks>runtime-spec 1.3 config-linux "IntelRdt".</remarks>
public sealed class IntelRdtSpec
{
    /// <summary>Directory in resctrl: the class of service; <c>/</c> is that of all processes that have no other. Default the container's id.</summary>
    public string? ClosId { get; set; }

    /// <summary>Lines for the <c>schemata</c> file, written last.</summary>
    public string[] Schemata { get; set; } = [];

    /// <summary>Level 3 cache line, as <c>L3:0=7f0;1=1f</c>.</summary>
    public string? L3CacheSchema { get; set; }

    /// <summary>Memory bandwidth line, as <c>MB:0=20;1=70</c>.</summary>
    public string? MemBwSchema { get; set; }

    /// <summary>Whether a monitoring group is made for the container. Default <see langword="false"/>.</summary>
    public bool EnableMonitoring { get; set; }
}
