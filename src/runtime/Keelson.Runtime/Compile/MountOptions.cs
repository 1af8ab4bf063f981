using Keelson.Linux.Sys;

namespace Keelson.Runtime.Compile;

/// <summary>The options of one mount, sorted by what the kernel does with them.</summary>
/// <remarks>runtime-spec 1.3 config "Linux mount options". What is not in the table there is data for the file system.</remarks>
internal sealed class MountOptions
{
    /// <summary>Attributes of this mount alone.</summary>
    public MountAttributes Attributes;

    /// <summary>Attributes of this mount and those below (<c>rro</c>, <c>rnosuid</c>, …).</summary>
    public MountAttributes RecursiveAttributes;

    /// <summary>A bind mount: the source is a place in the tree.</summary>
    public bool IsBind;

    /// <summary>The mounts below the source come along (<c>rbind</c>).</summary>
    public bool IsRecursiveBind;

    /// <summary>Changes the mount that is there already.</summary>
    public bool IsRemount;

    /// <summary>Propagation, in the order given; each is applied alone.</summary>
    public List<(MountPropagation Kind, bool Recursive)>? Propagation;

    /// <summary>Copies what lies below the mount point into a new tmpfs.</summary>
    public bool CopyUp;

    /// <summary>Owners are mapped (<c>idmap</c>, <c>ridmap</c>).</summary>
    public bool IsIdMapped;

    /// <summary>The mapping covers the mounts below too (<c>ridmap</c>).</summary>
    public bool IsRecursiveIdMap;

    /// <summary>A source that is a symbolic link is made again instead of being mounted (<c>copy-symlink</c>).</summary>
    public bool CopySymlink;

    /// <summary>A source that is a symbolic link is mounted itself (<c>src-nofollow</c>).</summary>
    public bool SourceNoFollow;

    /// <summary>A destination that is a symbolic link is covered itself (<c>dest-nofollow</c>).</summary>
    public bool DestinationNoFollow;

    /// <summary>What the file system itself reads: names, or <c>name=value</c>.</summary>
    public List<string>? Data;

    /// <summary>Whether <see cref="Attributes"/> asks for anything.</summary>
    public bool HasAttributes => (Attributes.Set | Attributes.Clear) != 0;

    /// <summary>Whether <see cref="RecursiveAttributes"/> asks for anything.</summary>
    public bool HasRecursiveAttributes => (RecursiveAttributes.Set | RecursiveAttributes.Clear) != 0;

    /// <summary>Whether the mount is read-only.</summary>
    public bool IsReadOnly => (Attributes.Set & MountAttributeFlags.MOUNT_ATTR_RDONLY) != 0;

    /// <summary>
    /// The names of all options that do not depend on the kind of file system, sorted: those that are read here, and those that the kernel reads for
    /// every file system. fs/fs_context.c.
    /// </summary>
    public static string[] Names() =>
    [
        "acl", "async", "atime", "bind", "copy-symlink", "defaults", "dest-nofollow", "dev", "diratime", "dirsync", "exec", "idmap", "iversion", "lazytime", "loud", "mand",
        "noacl", "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid", "nosymfollow",
        "private", "ratime", "rbind", "rdev", "rdiratime", "relatime", "remount", "rexec", "ridmap", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime",
        "rnostrictatime", "rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid", "rsymfollow",
        "runbindable", "rw", "shared", "silent", "slave", "src-nofollow", "strictatime", "suid", "symfollow", "sync", "tmpcopyup", "unbindable",
    ];

    /// <summary>Sorts the options of a mount. Later ones win over earlier ones.</summary>
    public static MountOptions Parse(ReadOnlySpan<string> options, string? type)
    {
        MountOptions result = new() { IsBind = type == "bind" };
        foreach (string option in options)
            if (!result.TryAttribute(option) && !result.TryPropagation(option) && !result.TryOther(option) && option.Length != 0)
                (result.Data ??= []).Add(option);
        return result;
    }

    private bool TryAttribute(string option)
    {
        if (Attribute(option) is { } plain)
        {
            Add(ref Attributes, plain);
            return true;
        }
        if (option.Length > 1 && option[0] == 'r' && Attribute(option[1..]) is { } recursive)
        {
            Add(ref RecursiveAttributes, recursive);
            return true;
        }
        return false;
    }

    private static (MountAttributeFlags Set, MountAttributeFlags Clear)? Attribute(string name) => name switch
    {
        "ro" => (MountAttributeFlags.MOUNT_ATTR_RDONLY, 0),
        "rw" => (0, MountAttributeFlags.MOUNT_ATTR_RDONLY),
        "nosuid" => (MountAttributeFlags.MOUNT_ATTR_NOSUID, 0),
        "suid" => (0, MountAttributeFlags.MOUNT_ATTR_NOSUID),
        "nodev" => (MountAttributeFlags.MOUNT_ATTR_NODEV, 0),
        "dev" => (0, MountAttributeFlags.MOUNT_ATTR_NODEV),
        "noexec" => (MountAttributeFlags.MOUNT_ATTR_NOEXEC, 0),
        "exec" => (0, MountAttributeFlags.MOUNT_ATTR_NOEXEC),
        "nodiratime" => (MountAttributeFlags.MOUNT_ATTR_NODIRATIME, 0),
        "diratime" => (0, MountAttributeFlags.MOUNT_ATTR_NODIRATIME),
        "noatime" => (MountAttributeFlags.MOUNT_ATTR_NOATIME, MountAttributeFlags.MOUNT_ATTR__ATIME),
        "strictatime" => (MountAttributeFlags.MOUNT_ATTR_STRICTATIME, MountAttributeFlags.MOUNT_ATTR__ATIME),
        "relatime" or "atime" or "norelatime" or "nostrictatime" => (0, MountAttributeFlags.MOUNT_ATTR__ATIME),
        "nosymfollow" => (MountAttributeFlags.MOUNT_ATTR_NOSYMFOLLOW, 0),
        "symfollow" => (0, MountAttributeFlags.MOUNT_ATTR_NOSYMFOLLOW),
        _ => null,
    };

    private static void Add(ref MountAttributes attributes, (MountAttributeFlags Set, MountAttributeFlags Clear) change)
    {
        attributes.Set = (attributes.Set & ~change.Clear) | change.Set;
        attributes.Clear = (attributes.Clear & ~change.Set) | change.Clear;
        // The kernel wants the whole field of access times cleared when one of its values is set.
        if ((change.Clear & MountAttributeFlags.MOUNT_ATTR__ATIME) != 0) attributes.Clear |= MountAttributeFlags.MOUNT_ATTR__ATIME;
    }

    /// <summary>The propagation that a word stands for; <see cref="MountPropagation.Unchanged"/> for any other word.</summary>
    public static (MountPropagation Kind, bool Recursive) PropagationOf(string word) => word switch
    {
        "shared" => (MountPropagation.MS_SHARED, false),
        "rshared" => (MountPropagation.MS_SHARED, true),
        "slave" => (MountPropagation.MS_SLAVE, false),
        "rslave" => (MountPropagation.MS_SLAVE, true),
        "private" => (MountPropagation.MS_PRIVATE, false),
        "rprivate" => (MountPropagation.MS_PRIVATE, true),
        "unbindable" => (MountPropagation.MS_UNBINDABLE, false),
        "runbindable" => (MountPropagation.MS_UNBINDABLE, true),
        _ => (MountPropagation.Unchanged, false),
    };

    private bool TryPropagation(string option)
    {
        (MountPropagation kind, bool recursive) = PropagationOf(option);
        if (kind == MountPropagation.Unchanged) return false;
        (Propagation ??= []).Add((kind, recursive));
        return true;
    }

    private bool TryOther(string option)
    {
        switch (option)
        {
            // Flags of mount(2) that file systems no longer take from there, or that only change messages.
            case "defaults" or "silent" or "loud" or "iversion" or "noiversion" or "acl" or "noacl":
                return true;
            case "bind":
                return IsBind = true;
            case "rbind":
                return IsBind = IsRecursiveBind = true;
            case "remount":
                return IsRemount = true;
            case "tmpcopyup":
                return CopyUp = true;
            case "idmap":
                return IsIdMapped = true;
            case "ridmap":
                return IsIdMapped = IsRecursiveIdMap = true;
            case "copy-symlink":
                return CopySymlink = true;
            case "src-nofollow":
                return SourceNoFollow = true;
            case "dest-nofollow":
                return DestinationNoFollow = true;
            default:
                return false;
        }
    }
}
