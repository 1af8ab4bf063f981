namespace Keelson.Oci;

/// <summary>Names that the specification gives to the values of enumerations, both ways.</summary>
/// <remarks>Switches, not tables: nothing is built when a program starts.</remarks>
public static partial class SpecNames
{
    private static ArgumentOutOfRangeException NotAValue<T>(T value) where T : struct => new(nameof(value), value, "is not a value of its type");

    /// <summary>The specification's name for a kind of namespace.</summary>
    public static string Of(NamespaceKind value) => value switch
    {
        NamespaceKind.Pid => "pid",
        NamespaceKind.Network => "network",
        NamespaceKind.Mount => "mount",
        NamespaceKind.Ipc => "ipc",
        NamespaceKind.Uts => "uts",
        NamespaceKind.User => "user",
        NamespaceKind.Cgroup => "cgroup",
        NamespaceKind.Time => "time",
        _ => throw NotAValue(value),
    };

    /// <summary>The kind of namespace that a name stands for; <see langword="null"/> when there is none.</summary>
    public static NamespaceKind? ParseNamespaceKind(string name) => name switch
    {
        "pid" => NamespaceKind.Pid,
        "network" => NamespaceKind.Network,
        "mount" => NamespaceKind.Mount,
        "ipc" => NamespaceKind.Ipc,
        "uts" => NamespaceKind.Uts,
        "user" => NamespaceKind.User,
        "cgroup" => NamespaceKind.Cgroup,
        "time" => NamespaceKind.Time,
        _ => null,
    };

    /// <summary>The letter for a device type.</summary>
    public static string Of(DeviceKind value) => value switch
    {
        DeviceKind.All => "a",
        DeviceKind.Block => "b",
        DeviceKind.Char => "c",
        DeviceKind.Unbuffered => "u",
        DeviceKind.Fifo => "p",
        _ => throw NotAValue(value),
    };

    /// <summary>The type of a device node (<c>b</c>, <c>c</c>, <c>u</c>, <c>p</c>); <see langword="null"/> when there is none.</summary>
    public static DeviceKind? ParseDeviceKind(string name) => name switch
    {
        "b" => DeviceKind.Block,
        "c" => DeviceKind.Char,
        "u" => DeviceKind.Unbuffered,
        "p" => DeviceKind.Fifo,
        _ => null,
    };

    /// <summary>The type of a device rule (<c>a</c>, <c>b</c>, <c>c</c>); <see langword="null"/> when there is none.</summary>
    public static DeviceKind? ParseDeviceRuleKind(string name) => name switch
    {
        "a" => DeviceKind.All,
        "b" => DeviceKind.Block,
        "c" => DeviceKind.Char,
        _ => null,
    };

    /// <summary>The letters for kinds of access, in the order <c>rwm</c>.</summary>
    public static string Of(DeviceAccess value) => value switch
    {
        0 => "",
        DeviceAccess.Read => "r",
        DeviceAccess.Write => "w",
        DeviceAccess.Read | DeviceAccess.Write => "rw",
        DeviceAccess.Mknod => "m",
        DeviceAccess.Read | DeviceAccess.Mknod => "rm",
        DeviceAccess.Write | DeviceAccess.Mknod => "wm",
        DeviceAccess.All => "rwm",
        _ => throw NotAValue(value),
    };

    /// <summary>The kinds of access for letters in any order; <see langword="null"/> when one of them is none of <c>rwm</c>.</summary>
    public static DeviceAccess? ParseDeviceAccess(string letters)
    {
        DeviceAccess access = 0;
        foreach (char letter in letters)
        {
            switch (letter)
            {
                case 'r': access |= DeviceAccess.Read; break;
                case 'w': access |= DeviceAccess.Write; break;
                case 'm': access |= DeviceAccess.Mknod; break;
                default: return null;
            }
        }
        return access;
    }

    /// <summary>The specification's name for a status.</summary>
    public static string Of(ContainerStatus value) => value switch
    {
        ContainerStatus.Creating => "creating",
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Stopped => "stopped",
        ContainerStatus.Paused => "paused",
        _ => throw NotAValue(value),
    };

    /// <summary>The status that a name stands for; <see langword="null"/> when there is none.</summary>
    public static ContainerStatus? ParseContainerStatus(string name) => name switch
    {
        "creating" => ContainerStatus.Creating,
        "created" => ContainerStatus.Created,
        "running" => ContainerStatus.Running,
        "stopped" => ContainerStatus.Stopped,
        "paused" => ContainerStatus.Paused,
        _ => null,
    };
}
