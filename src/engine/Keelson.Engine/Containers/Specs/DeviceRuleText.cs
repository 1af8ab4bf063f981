using System.Globalization;
using Keelson.Oci;

namespace Keelson.Engine.Containers;

/// <summary>Rules of the devices cgroup and permissions of devices, as people write them.</summary>
internal static class DeviceRuleText
{
    /// <summary>Reads <c>TYPE MAJOR:MINOR ACCESS</c>, as <c>c 42:* rmw</c>.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is none.</exception>
    public static DeviceRule Parse(string text)
    {
        string[] words = text.Split(' ');
        string[] numbers = words.Length == 3 ? words[1].Split(':') : [];
        if (numbers.Length != 2 || words[0] is not ("a" or "b" or "c") || !TryNumber(numbers[0], out long? major) || !TryNumber(numbers[1], out long? minor))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid device cgroup rule format: '{text}'");
        return new() { Allow = true, Type = (DeviceKind)words[0][0], Major = major, Minor = minor, Access = Access(words[2]) };
    }

    /// <summary>Reads a set of <c>r</c>, <c>w</c> and <c>m</c>.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is none.</exception>
    public static DeviceAccess Access(string text)
    {
        DeviceAccess access = 0;
        foreach (char c in text)
            access |= c switch
            {
                'r' => DeviceAccess.Read,
                'w' => DeviceAccess.Write,
                'm' => DeviceAccess.Mknod,
                _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid device permissions: '{text}'"),
            };
        return access == 0 ? throw new KeelsonException(ErrorKind.InvalidArgument, "invalid device permissions: ''") : access;
    }

    private static bool TryNumber(string text, out long? number)
    {
        number = text == "*" ? -1 : null;
        if (text == "*") return true;
        bool isNumber = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value);
        number = value;
        return isNumber;
    }
}
