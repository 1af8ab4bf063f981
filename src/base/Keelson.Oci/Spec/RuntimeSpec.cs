namespace Keelson.Oci;

/// <summary>A container's configuration: the content of a bundle's <c>config.json</c>.</summary>
/// <remarks>
/// runtime-spec 1.3 config. Sections for other platforms (windows, solaris, vm, zos, freebsd) are not kept.
/// In all models of this namespace an array that is absent from the document is empty, an optional string that is absent or
/// empty is <see langword="null"/>, and a map that is absent is empty.
/// </remarks>
public sealed class RuntimeSpec
{
    /// <summary>Version of the runtime specification that the bundle complies with; SemVer 2.0.</summary>
    public string OciVersion { get; set; } = "";

    /// <summary>The process to start. Absent is allowed until <c>start</c>.</summary>
    public ProcessSpec? Process { get; set; }

    /// <summary>The root file system.</summary>
    public RootSpec? Root { get; set; }

    /// <summary>Host name as seen inside; needs a UTS namespace.</summary>
    public string? Hostname { get; set; }

    /// <summary>NIS domain name as seen inside; needs a UTS namespace.</summary>
    public string? Domainname { get; set; }

    /// <summary>Mounts on top of the root, in the order in which they are made.</summary>
    public MountSpec[] Mounts { get; set; } = [];

    /// <summary>Programs to run at points of the lifecycle.</summary>
    public HookSet? Hooks { get; set; }

    /// <summary>Arbitrary metadata. Keys are not empty; values may be.</summary>
    public Dictionary<string, string> Annotations { get => field ??= []; set; }

    /// <summary>What only Linux has.</summary>
    public LinuxSpec? Linux { get; set; }
}
