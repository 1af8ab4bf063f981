namespace Keelson.Oci;

/// <summary>The user and groups of a process, in the container's user namespace.</summary>
/// <remarks>runtime-spec 1.3 config "POSIX-platform User".</remarks>
public sealed class UserSpec
{
    /// <summary>User id.</summary>
    public uint Uid { get; set; }

    /// <summary>Group id.</summary>
    public uint Gid { get; set; }

    /// <summary>File mode creation mask, 0 to 0777 octal. Absent leaves what is inherited.</summary>
    public uint? Umask { get; set; }

    /// <summary>Supplementary groups.</summary>
    public uint[] AdditionalGids { get; set; } = [];

    /// <summary>User name; the specification gives it a meaning on Windows only.</summary>
    public string? Username { get; set; }
}
