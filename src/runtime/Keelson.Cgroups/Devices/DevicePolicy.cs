using System.Globalization;
using System.Text;
using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>What device rules come to without an order: a default, and the devices that differ from it.</summary>
/// <remarks>
/// Kernel documentation admin-guide/cgroup-v1/devices: this is the form that the v1 controller keeps, where one exception decides about one
/// access. Exceptions for the same devices are merged, those within wider ones left out.
/// </remarks>
internal sealed class DevicePolicy
{
    private readonly List<DeviceException> exceptions = [];

    private DevicePolicy(bool allowsByDefault) => AllowsByDefault = allowsByDefault;

    /// <summary>Whether a device without an exception may be used.</summary>
    public bool AllowsByDefault { get; }

    /// <summary>The devices that differ.</summary>
    public IReadOnlyList<DeviceException> Exceptions => exceptions;

    /// <summary>Brings ordered rules into this form.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="policy">The policy; <see langword="null"/> when the rules have no such form.</param>
    /// <returns>What cannot be expressed: a rule that makes a hole in a wider one; <see langword="null"/> on success.</returns>
    public static string? TryMake(DeviceRuleList rules, out DevicePolicy? policy)
    {
        DevicePolicy made = new(rules.AllowsByDefault);
        policy = null;
        foreach ((DeviceException devices, bool allow, string name) in rules.Rules)
        {
            if (allow != made.AllowsByDefault) made.Add(devices);
            else if (made.Remove(devices) is { } wider) return $"{name}: '{(allow ? "allow" : "deny")} {devices}' makes a hole in '{wider}'";
        }
        policy = made;
        return null;
    }

    /// <summary>The policy that a <c>devices.list</c> of cgroup v1 shows.</summary>
    /// <remarks>The kernel lists the exceptions of a denying policy; of an allowing one it shows <c>a *:* rwm</c> alone, and its exceptions stay hidden.</remarks>
    /// <exception cref="KeelsonException">DataLoss: a line has another form.</exception>
    public static DevicePolicy ParseList(ReadOnlySpan<byte> text)
    {
        DevicePolicy policy = new(allowsByDefault: false);
        string all = Encoding.UTF8.GetString(text);
        foreach (Range range in all.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = all.AsSpan(range);
            if (line.IsEmpty) continue;
            if (line[0] == 'a') return new DevicePolicy(allowsByDefault: true);
            int colon = line.IndexOf(':'), space = line.LastIndexOf(' ');
            if (line[0] is not ('b' or 'c') || line.Length < 7 || line[1] != ' ' || colon < 3 || space < colon
                || !TryNumber(line[2..colon], out uint? major) || !TryNumber(line[(colon + 1)..space], out uint? minor))
                throw new KeelsonException(ErrorKind.DataLoss, $"read devices.list: '{line}' is no rule");
            DeviceAccess access = 0;
            foreach (char c in line[(space + 1)..])
                access |= c switch { 'r' => DeviceAccess.Read, 'w' => DeviceAccess.Write, 'm' => DeviceAccess.Mknod, _ => 0 };
            policy.exceptions.Add(new((DeviceKind)line[0], major, minor, access));
        }
        return policy;
    }

    /// <summary>Whether one access to one device is allowed, as the v1 controller decides it.</summary>
    public bool Allows(DeviceKind kind, uint major, uint minor, DeviceAccess access)
    {
        DeviceException asked = new(kind, major, minor, access);
        foreach (DeviceException exception in exceptions)
        {
            if (!exception.Covers(asked)) continue;
            if (AllowsByDefault ? (exception.Access & access) != 0 : (access & ~exception.Access) == 0) return !AllowsByDefault;
        }
        return AllowsByDefault;
    }

    private void Add(in DeviceException added)
    {
        for (int i = 0; i < exceptions.Count; i++)
        {
            DeviceException present = exceptions[i];
            if (present.Covers(added) && (added.Access & ~present.Access) == 0) return;
            if (!present.SameDevices(added)) continue;
            exceptions[i] = present with { Access = present.Access | added.Access };
            return;
        }
        exceptions.Add(added);
    }

    /// <summary>Takes an access out of the exceptions within; one that is wider cannot be given a hole and is returned.</summary>
    private DeviceException? Remove(in DeviceException change)
    {
        for (int i = exceptions.Count - 1; i >= 0; i--)
        {
            DeviceException present = exceptions[i];
            if (!present.Overlaps(change) || (present.Access & change.Access) == 0) continue;
            if (!change.Covers(present)) return present;
            DeviceAccess left = present.Access & ~change.Access;
            if (left == 0) exceptions.RemoveAt(i);
            else exceptions[i] = present with { Access = left };
        }
        return null;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out uint? number)
    {
        number = null;
        if (text is "*") return true;
        if (!uint.TryParse(text, NumberStyles.None, null, out uint value)) return false;
        number = value;
        return true;
    }
}
