using System.Globalization;
using System.Text;
using Keelson.Cgroups.DBus;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>Properties of a unit, in the order in which they are sent. org.freedesktop.systemd1(5), systemd.resource-control(5).</summary>
/// <param name="mode">The machine's cgroups: systemd has other names for v1 and for v2.</param>
/// <param name="version">systemd's version; a property that it does not know would make the call fail.</param>
internal sealed class UnitProperties(CgroupMode mode, int version)
{
    /// <summary>First version with <c>CPUQuotaPeriodUSec</c>.</summary>
    private const int PeriodVersion = 242;

    /// <summary>First version with <c>AllowedCPUs</c>.</summary>
    private const int CpusetVersion = 244;

    private readonly List<object> entries = [];

    /// <summary>The properties as the value of an <c>a(sv)</c>.</summary>
    public object[] Entries => [.. entries];

    public void Add(string name, string signature, object value) => entries.Add(new object[] { name, new BusVariant(signature, value) });

    /// <summary>Properties for limits. What they cannot express is written to the control files afterwards, as everything else is.</summary>
    public void AddLimits(LinuxResources resources)
    {
        bool v2 = mode == CgroupMode.V2;
        if (resources.Memory is { } memory)
        {
            AddBytes(v2 ? "MemoryMax" : "MemoryLimit", memory.Limit);
            if (v2)
            {
                AddBytes("MemoryLow", memory.Reservation);
                if (memory.Swap == -1 || (memory.Limit == -1 && memory.Swap is null or 0)) Add("MemorySwapMax", "t", ulong.MaxValue);
                else if (memory.Swap > 0 && memory.Limit > 0 && memory.Swap >= memory.Limit) Add("MemorySwapMax", "t", (ulong)(memory.Swap - memory.Limit));
            }
        }
        if (resources.Cpu is { } cpu)
        {
            // An idle group has no weight that could be set.
            if (cpu.Shares is >= 2 and <= 262144 && cpu.Idle is null or 0) Add(v2 ? "CPUWeight" : "CPUShares", "t", v2 ? V2Limits.WeightOfShares(cpu.Shares.Value) : cpu.Shares.Value);
            AddQuota(cpu.Quota ?? 0, cpu.Period ?? 0);
            if (v2 && version >= CpusetVersion)
            {
                AddSet("AllowedCPUs", cpu.Cpus);
                AddSet("AllowedMemoryNodes", cpu.Mems);
            }
        }
        // systemd takes no 0; the file gets it.
        if (resources.Pids?.Limit is { } pids) Add("TasksMax", "t", pids < 0 ? ulong.MaxValue : (ulong)Math.Max(pids, 1));
        if (resources.BlockIo?.Weight is > 0 and var weight) Add(v2 ? "IOWeight" : "BlockIOWeight", "t", v2 ? V2Limits.IoWeight(weight) : (ulong)weight);
        if (v2)
            foreach ((string file, string value) in resources.Unified)
                AddUnified(file, value.Trim());
    }

    /// <summary>Properties for device rules. systemd would otherwise bring its own rules back whenever it looks at the unit again.</summary>
    public void AddDevices(DeviceRuleList rules)
    {
        if (rules.AllowsByDefault || DevicePolicy.TryMake(rules, out DevicePolicy? policy) is not null)
        {
            // Nothing that systemd has words for; the rules themselves are set without it.
            Add("DevicePolicy", "s", "auto");
            Add("DeviceAllow", "a(ss)", Array.Empty<object>());
            return;
        }
        List<object> allowed = [];
        foreach (DeviceException exception in policy!.Exceptions)
            if (DeviceName(exception) is { } name)
                allowed.Add(new object[] { name, exception.ToString()[(exception.ToString().LastIndexOf(' ') + 1)..] });
        Add("DevicePolicy", "s", "strict");
        // The empty list takes away what was allowed before.
        Add("DeviceAllow", "a(ss)", Array.Empty<object>());
        Add("DeviceAllow", "a(ss)", allowed.ToArray());
    }

    /// <summary>Properties that annotations ask for: <c>org.systemd.property.TimeoutStopUSec: "uint64 5000000"</c>.</summary>
    /// <remarks>As in runC, a name that ends in <c>Sec</c> and not in <c>USec</c> is given in seconds.</remarks>
    /// <exception cref="KeelsonException">InvalidArgument: a name or a value is none; the message names the annotation.</exception>
    public void AddAnnotations(IReadOnlyDictionary<string, string>? annotations)
    {
        const string prefix = "org.systemd.property.";
        foreach ((string key, string text) in annotations ?? new Dictionary<string, string>())
        {
            if (!key.StartsWith(prefix, StringComparison.Ordinal)) continue;
            string name = key[prefix.Length..];
            if (name.Length < 3 || name.AsSpan().ContainsAnyExcept(Letters)) throw new KeelsonException(ErrorKind.InvalidArgument, $"annotation '{key}': '{name}' names no property");
            try
            {
                BusVariant value = VariantText.Parse(text);
                if (name.EndsWith("Sec", StringComparison.Ordinal) && !name.EndsWith("USec", StringComparison.Ordinal))
                {
                    name = name[..^3] + "USec";
                    value = new("t", Microseconds(value.Value));
                }
                Add(name, value.Signature, value.Value);
            }
            catch (KeelsonException e)
            {
                throw new KeelsonException(e.Kind, $"annotation '{key}'", e);
            }
        }
    }

    private static readonly System.Buffers.SearchValues<char> Letters = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static ulong Microseconds(object seconds)
    {
        double value = seconds switch { int i => i, uint u => u, long l => l, ulong u => u, short s => s, ushort u => u, byte b => b, double d => d, _ => double.NaN };
        return value is >= 0 and < ulong.MaxValue / 1e6 ? (ulong)(value * 1e6) : throw new KeelsonException(ErrorKind.InvalidArgument, "value is no number of seconds");
    }

    private void AddBytes(string name, long? value)
    {
        if (value is not (null or 0)) Add(name, "t", value < 0 ? ulong.MaxValue : (ulong)value);
    }

    private void AddQuota(long quota, ulong period)
    {
        if (period > 0 && version >= PeriodVersion) Add("CPUQuotaPeriodUSec", "t", period);
        if (quota == 0) return;
        ulong perSecond = ulong.MaxValue;
        if (quota > 0)
        {
            perSecond = (ulong)quota * 1_000_000 / (period == 0 ? 100_000 : period);
            // systemd keeps whole percents: round up, so that the quota that is written to the file fits into it.
            perSecond = (perSecond + 9_999) / 10_000 * 10_000;
        }
        Add("CPUQuotaPerSecUSec", "t", perSecond);
    }

    private void AddSet(string name, string? set)
    {
        if (string.IsNullOrEmpty(set)) return;
        ushort[] members = SharedStats.ParseSet(Encoding.ASCII.GetBytes(set));
        if (members.Length == 0) return;
        int last = 0;
        foreach (ushort member in members) last = Math.Max(last, member);
        byte[] mask = new byte[(last / 8) + 1];
        foreach (ushort member in members) mask[member / 8] |= (byte)(1 << (member % 8));
        Add(name, "ay", mask);
    }

    private void AddUnified(string file, string value)
    {
        string? name = file switch
        {
            "memory.high" => "MemoryHigh",
            "memory.low" => "MemoryLow",
            "memory.min" => "MemoryMin",
            "memory.max" => "MemoryMax",
            "memory.swap.max" => "MemorySwapMax",
            "pids.max" => "TasksMax",
            "cpu.weight" => "CPUWeight",
            _ => null,
        };
        if (name is not null && (value == "max" ? ulong.MaxValue : ulong.TryParse(value, NumberStyles.None, null, out ulong number) ? number : 0) is > 0 and var found)
        {
            Add(name, "t", found);
        }
        else if (file == "cpu.max")
        {
            string[] parts = value.Split(' ');
            ulong period = parts.Length > 1 && ulong.TryParse(parts[1], NumberStyles.None, null, out ulong p) ? p : 0;
            AddQuota(parts[0] == "max" ? -1 : long.TryParse(parts[0], NumberStyles.None, null, out long quota) ? quota : 0, period);
        }
        else if (version >= CpusetVersion && file is "cpuset.cpus" or "cpuset.mems")
        {
            AddSet(file == "cpuset.cpus" ? "AllowedCPUs" : "AllowedMemoryNodes", value);
        }
    }

    /// <summary>How systemd names devices; <see langword="null"/> when it cannot: <c>DeviceAllow=</c> in systemd.resource-control(5).</summary>
    private static string? DeviceName(in DeviceException exception)
    {
        string kind = exception.Kind == DeviceKind.Block ? "block" : "char";
        if (exception.Major is null) return exception.Minor is null ? kind + "-*" : null;
        if (exception.Minor is { } minor) return $"/dev/{kind}/{exception.Major}:{minor}";
        return DriverName(kind, exception.Major.Value) is { } driver ? $"{kind}-{driver}" : null;
    }

    /// <summary>The driver of a major number in <c>/proc/devices</c>: lines <c>136 pts</c> below <c>Character devices:</c> and <c>Block devices:</c>.</summary>
    private static string? DriverName(string kind, uint major)
    {
        if (Files.TryReadAll("/proc/devices", out ReadOnlyMemory<byte> text) != Errno.None) return null;
        bool inside = false;
        foreach (string line in Encoding.UTF8.GetString(text.Span).Split('\n'))
        {
            if (line.EndsWith(':')) inside = line.StartsWith(kind, StringComparison.OrdinalIgnoreCase);
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (inside && words.Length == 2 && uint.TryParse(words[0], NumberStyles.None, null, out uint number) && number == major) return words[1];
        }
        return null;
    }
}
