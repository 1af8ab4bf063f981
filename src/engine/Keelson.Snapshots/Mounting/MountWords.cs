using Keelson.Linux.Sys;

namespace Keelson.Snapshots;

/// <summary>The options of a <see cref="Mount"/>, sorted by who takes them: the mount, the file system, or this library.</summary>
internal sealed class MountWords
{
    /// <summary>Attributes of the mount.</summary>
    public MountAttributeFlags Set { get; private set; }

    /// <summary>Attributes that a bind mount has from where it comes and loses.</summary>
    public MountAttributeFlags Clear { get; private set; }

    /// <summary>How mount events spread; unchanged by default.</summary>
    public MountPropagation Propagation { get; private set; }

    /// <summary>Whether it is a part of the tree seen elsewhere.</summary>
    public bool IsBind { get; private set; }

    /// <summary>Whether the mounts below come with it.</summary>
    public bool IsRecursive { get; private set; }

    /// <summary>Owners to map; <see langword="null"/> for none.</summary>
    public OwnerMap? Owners { get; private set; }

    /// <summary>Parameters of the file system, in their order; without a value for a flag.</summary>
    public List<(string Key, string? Value)> Parameters { get; } = [];

    /// <summary>Directories of an overlay, the highest first; empty for all else.</summary>
    public string[] Layers { get; private set; } = [];

    /// <summary>Reads the options of a mount.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: they contradict each other, or cannot be.</exception>
    public static MountWords Read(Mount mount)
    {
        MountWords words = new() { IsBind = mount.Type is "bind" or "rbind", IsRecursive = mount.Type == "rbind" };
        string? users = null, groups = null;
        foreach (string option in mount.Options)
        {
            if (words.TakeFlag(option)) continue;
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? option : option[..equals];
            string? value = equals < 0 ? null : option[(equals + 1)..];
            if (key == "uidmap" && value is not null) users = value;
            else if (key == "gidmap" && value is not null) groups = value;
            else if (key == "lowerdir" && mount.Type == "overlay" && value is not null) words.Layers = SplitLayers(value);
            else words.Parameters.Add((key, value));
        }
        if (users is null != groups is null) throw new KeelsonException(ErrorKind.InvalidArgument, $"mount {mount.Type}: uidmap and gidmap go together");
        if (users is not null) words.Owners = OwnerMap.Parse(users, groups!);
        if (words.IsBind && words.Parameters.Count > 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"mount bind {mount.Source}: it takes no option {words.Parameters[0].Key}");
        return words;
    }

    private bool TakeFlag(string option)
    {
        switch (option)
        {
            case "bind": IsBind = true; break;
            case "rbind": IsBind = IsRecursive = true; break;
            case "defaults" or "loop": break;
            case "ro": Add(MountAttributeFlags.MOUNT_ATTR_RDONLY); break;
            case "rw": Drop(MountAttributeFlags.MOUNT_ATTR_RDONLY); break;
            case "nosuid": Add(MountAttributeFlags.MOUNT_ATTR_NOSUID); break;
            case "suid": Drop(MountAttributeFlags.MOUNT_ATTR_NOSUID); break;
            case "nodev": Add(MountAttributeFlags.MOUNT_ATTR_NODEV); break;
            case "dev": Drop(MountAttributeFlags.MOUNT_ATTR_NODEV); break;
            case "noexec": Add(MountAttributeFlags.MOUNT_ATTR_NOEXEC); break;
            case "exec": Drop(MountAttributeFlags.MOUNT_ATTR_NOEXEC); break;
            case "nosymfollow": Add(MountAttributeFlags.MOUNT_ATTR_NOSYMFOLLOW); break;
            case "nodiratime": Add(MountAttributeFlags.MOUNT_ATTR_NODIRATIME); break;
            case "diratime": Drop(MountAttributeFlags.MOUNT_ATTR_NODIRATIME); break;
            case "noatime": AccessTimes(MountAttributeFlags.MOUNT_ATTR_NOATIME); break;
            case "strictatime": AccessTimes(MountAttributeFlags.MOUNT_ATTR_STRICTATIME); break;
            case "relatime" or "atime": AccessTimes(0); break;
            case "private" or "rprivate": Propagation = MountPropagation.MS_PRIVATE; break;
            case "slave" or "rslave": Propagation = MountPropagation.MS_SLAVE; break;
            case "shared" or "rshared": Propagation = MountPropagation.MS_SHARED; break;
            case "unbindable" or "runbindable": Propagation = MountPropagation.MS_UNBINDABLE; break;
            default: return false;
        }
        return true;
    }

    private void Add(MountAttributeFlags flag) => (Set, Clear) = (Set | flag, Clear & ~flag);

    private void Drop(MountAttributeFlags flag) => (Set, Clear) = (Set & ~flag, Clear | flag);

    private void AccessTimes(MountAttributeFlags value) => (Set, Clear) = (Set & ~MountAttributeFlags.MOUNT_ATTR__ATIME | value, Clear | MountAttributeFlags.MOUNT_ATTR__ATIME);

    // A colon in a name is written "\:", a backslash "\\".
    private static string[] SplitLayers(string text)
    {
        if (!text.Contains('\\')) return text.Split(':');
        List<string> layers = [];
        System.Text.StringBuilder layer = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length) layer.Append(text[++i]);
            else if (text[i] != ':') layer.Append(text[i]);
            else
            {
                layers.Add(layer.ToString());
                layer.Clear();
            }
        }
        layers.Add(layer.ToString());
        return [.. layers];
    }
}
