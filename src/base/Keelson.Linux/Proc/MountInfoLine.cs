namespace Keelson.Linux.Proc;

/// <summary>One line of <c>/proc/PID/mountinfo</c>; spans into the text that was read. proc_pid_mountinfo(5).</summary>
/// <remarks>
/// <code>
/// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
/// id parent dev root point options optional  -  type source   super options
/// </code>
/// Spaces, tabs, newlines and backslashes inside a field are octal escapes; <see cref="MountInfo.Unescape"/> undoes them.
/// </remarks>
public readonly ref struct MountInfoLine
{
    /// <summary>Unique number of the mount.</summary>
    public int Id { get; init; }

    /// <summary>Number of the mount it lies on; its own for the top of the tree.</summary>
    public int ParentId { get; init; }

    /// <summary>Major number of the file system's device.</summary>
    public uint Major { get; init; }

    /// <summary>Minor number of the file system's device.</summary>
    public uint Minor { get; init; }

    /// <summary>The directory of the file system that is mounted, escaped: not <c>/</c> for a bind of a part.</summary>
    public ReadOnlySpan<byte> Root { get; init; }

    /// <summary>Where it is mounted, relative to the process's root, escaped.</summary>
    public ReadOnlySpan<byte> MountPoint { get; init; }

    /// <summary>Options of this mount: <c>rw,nosuid</c>.</summary>
    public ReadOnlySpan<byte> Options { get; init; }

    /// <summary>Zero or more fields such as <c>shared:2 master:1</c>, separated by spaces.</summary>
    public ReadOnlySpan<byte> OptionalFields { get; init; }

    /// <summary>Type of the file system: <c>ext4</c>, <c>cgroup2</c>, <c>fuse.sshfs</c>.</summary>
    public ReadOnlySpan<byte> FileSystem { get; init; }

    /// <summary>Where its contents come from, escaped; <c>none</c> for many.</summary>
    public ReadOnlySpan<byte> Source { get; init; }

    /// <summary>Options of the file system itself: <c>rw,cpu,cpuacct</c>.</summary>
    public ReadOnlySpan<byte> SuperOptions { get; init; }

    /// <summary>Whether a comma-separated list holds a word.</summary>
    public static bool Lists(ReadOnlySpan<byte> options, ReadOnlySpan<byte> word)
    {
        foreach (Range part in options.Split((byte)','))
            if (options[part].SequenceEqual(word))
                return true;
        return false;
    }
}
