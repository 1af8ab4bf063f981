using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>Devices that differ from what a <see cref="DevicePolicy"/> does by default.</summary>
/// <param name="Kind"><see cref="DeviceKind.Block"/> or <see cref="DeviceKind.Char"/>.</param>
/// <param name="Major">Major number; <see langword="null"/> is every one.</param>
/// <param name="Minor">Minor number; <see langword="null"/> is every one.</param>
/// <param name="Access">What is allowed by a policy that denies, denied by one that allows.</param>
internal readonly record struct DeviceException(DeviceKind Kind, uint? Major, uint? Minor, DeviceAccess Access)
{
    /// <summary>Whether both stand for the same devices.</summary>
    public bool SameDevices(in DeviceException other) => Kind == other.Kind && Major == other.Major && Minor == other.Minor;

    /// <summary>Whether every device of <paramref name="other"/> is one of these, whatever the access.</summary>
    public bool Covers(in DeviceException other) =>
        Kind == other.Kind && (Major is null || Major == other.Major) && (Minor is null || Minor == other.Minor);

    /// <summary>Whether a device exists that both stand for.</summary>
    public bool Overlaps(in DeviceException other) =>
        Kind == other.Kind && (Major is null || other.Major is null || Major == other.Major) && (Minor is null || other.Minor is null || Minor == other.Minor);

    /// <summary>The form of <c>devices.allow</c> and <c>devices.deny</c>: <c>c 1:3 rwm</c>.</summary>
    public override string ToString()
    {
        string access = ((Access & DeviceAccess.Read) != 0 ? "r" : "") + ((Access & DeviceAccess.Write) != 0 ? "w" : "") + ((Access & DeviceAccess.Mknod) != 0 ? "m" : "");
        return $"{(char)Kind} {(Major is { } major ? major.ToString() : "*")}:{(Minor is { } minor ? minor.ToString() : "*")} {access}";
    }
}
