namespace Keelson.Oci;

/// <summary>One program to run at a point of the lifecycle, with the container's state as its standard input.</summary>
/// <remarks>runtime-spec 1.3 config "POSIX-platform Hooks".</remarks>
public sealed class HookSpec
{
    /// <summary>The program; absolute.</summary>
    public string Path { get; set; } = "";

    /// <summary>Its arguments, <c>argv[0]</c> included. Empty means the path alone.</summary>
    public string[] Args { get; set; } = [];

    /// <summary>Its whole environment, as <c>NAME=value</c>.</summary>
    public string[] Env { get; set; } = [];

    /// <summary>Seconds until it is aborted; more than 0. Absent means no limit.</summary>
    public int? TimeoutSeconds { get; set; }
}
