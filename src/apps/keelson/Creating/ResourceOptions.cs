using System.Globalization;
using Keelson.Cli.Parsing;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Creating;

/// <summary>Limits of a container.</summary>
internal static class ResourceOptions
{
    /// <summary>Reads the options.</summary>
    public static void Apply(Resources resources, Arguments arguments)
    {
        ApplyLimits(resources, arguments);
        resources.CgroupParent = arguments.Value("cgroup-parent") ?? "";
        resources.BlkioWeightDevice = [.. arguments.List("blkio-weight-device").Select(Weight)];
        resources.BlkioDeviceReadBps = Throttles(arguments, "device-read-bps", isSize: true);
        resources.BlkioDeviceWriteBps = Throttles(arguments, "device-write-bps", isSize: true);
        resources.BlkioDeviceReadIOps = Throttles(arguments, "device-read-iops", isSize: false);
        resources.BlkioDeviceWriteIOps = Throttles(arguments, "device-write-iops", isSize: false);
        resources.CpuCount = arguments.Number("cpu-count") ?? 0;
        resources.CpuPercent = arguments.Number("cpu-percent") ?? 0;
        resources.Devices = [.. arguments.List("device").Select(Device)];
        resources.DeviceCgroupRules = arguments.ListOrNull("device-cgroup-rule");
        if (arguments.Value("gpus") is { } gpus) resources.DeviceRequests = [Gpus(gpus)];
        if (arguments.Number("memory-swappiness") is { } swappiness and not -1) resources.MemorySwappiness = swappiness;
        resources.OomKillDisable = arguments.Flag("oom-kill-disable");
        resources.Ulimits = arguments.Has("ulimit") ? [.. arguments.List("ulimit").Select(Limit)] : null;
    }

    /// <summary>Reads those that <c>update</c> has too.</summary>
    public static void ApplyLimits(Resources resources, Arguments arguments)
    {
        resources.CpuShares = arguments.Number("cpu-shares") ?? 0;
        resources.Memory = SizeOf(arguments, "memory");
        resources.NanoCpus = arguments.Value("cpus") is { } cpus ? NanoCpus(cpus) : 0;
        resources.BlkioWeight = (ushort)(arguments.Number("blkio-weight") ?? 0);
        resources.CpuPeriod = arguments.Number("cpu-period") ?? 0;
        resources.CpuQuota = arguments.Number("cpu-quota") ?? 0;
        resources.CpuRealtimePeriod = arguments.Number("cpu-rt-period") ?? 0;
        resources.CpuRealtimeRuntime = arguments.Number("cpu-rt-runtime") ?? 0;
        resources.CpusetCpus = arguments.Value("cpuset-cpus") ?? "";
        resources.CpusetMems = arguments.Value("cpuset-mems") ?? "";
        resources.KernelMemory = SizeOf(arguments, "kernel-memory");
        resources.MemoryReservation = SizeOf(arguments, "memory-reservation");
        resources.MemorySwap = arguments.Value("memory-swap") is "-1" ? -1 : SizeOf(arguments, "memory-swap");
        if (arguments.Has("pids-limit")) resources.PidsLimit = arguments.Number("pids-limit");
    }

    private static long SizeOf(Arguments arguments, string option) => arguments.Value(option) is { } text ? Size(option, text) : 0;

    /// <summary>Reads a size in bytes.</summary>
    public static long Size(string option, string text)
    {
        try
        {
            return Units.ParseSize(text);
        }
        catch (KeelsonException e)
        {
            throw new KeelsonException(e.Kind, $"option --{option}: {e.Message}");
        }
    }

    private static long NanoCpus(string text)
    {
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal cpus)
            && cpus is >= 0 and < 1_000_000 && cpus * 1_000_000_000 is var nano && nano == decimal.Truncate(nano)) return (long)nano;
        throw new KeelsonException(ErrorKind.InvalidArgument, $"option --cpus: '{text}' is no number of CPUs, such as 1.5");
    }

    private static WeightDevice Weight(string text)
    {
        (string path, string value) = DeviceAndValue("blkio-weight-device", text);
        if (ushort.TryParse(value, out ushort weight) && weight is 0 or (>= 10 and <= 1000)) return new() { Path = path, Weight = weight };
        throw new KeelsonException(ErrorKind.InvalidArgument, $"option --blkio-weight-device: '{value}' is no weight, 10 to 1000");
    }

    private static ThrottleDevice[]? Throttles(Arguments arguments, string option, bool isSize) => !arguments.Has(option) ? null : [.. arguments.List(option).Select(text =>
    {
        (string path, string value) = DeviceAndValue(option, text);
        if (isSize) return new ThrottleDevice { Path = path, Rate = (ulong)Size(option, value) };
        if (ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong rate)) return new ThrottleDevice { Path = path, Rate = rate };
        throw new KeelsonException(ErrorKind.InvalidArgument, $"option --{option}: '{value}' is no number");
    })];

    private static (string Path, string Value) DeviceAndValue(string option, string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon > 0 && text.StartsWith("/dev/", StringComparison.Ordinal)) return (text[..colon], text[(colon + 1)..]);
        throw new KeelsonException(ErrorKind.InvalidArgument, $"option --{option}: '{text}' is not /dev/name:value");
    }

    private static DeviceMapping Device(string text)
    {
        string[] parts = text.Split(':');
        bool HasAccess(string part) => part.Length is > 0 and <= 3 && part.All(c => c is 'r' or 'w' or 'm');
        return parts switch
        {
            [{ Length: > 0 } path] => new() { PathOnHost = path, PathInContainer = path, CgroupPermissions = "rwm" },
            [{ Length: > 0 } path, var access] when HasAccess(access) => new() { PathOnHost = path, PathInContainer = path, CgroupPermissions = access },
            [{ Length: > 0 } path, { Length: > 0 } inside] => new() { PathOnHost = path, PathInContainer = inside, CgroupPermissions = "rwm" },
            [{ Length: > 0 } path, { Length: > 0 } inside, var access] when HasAccess(access) => new() { PathOnHost = path, PathInContainer = inside, CgroupPermissions = access },
            _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"option --device: '{text}' is not path[:path[:rwm]]"),
        };
    }

    private static DeviceRequest Gpus(string text)
    {
        DeviceRequest request = new() { Options = [] };
        List<string> capabilities = ["gpu"];
        foreach (string field in KeyValues.Fields(text))
        {
            int equals = field.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? "count" : field[..equals], value = field[(equals + 1)..];
            switch (name)
            {
                case "count": request.Count = value == "all" ? -1 : int.TryParse(value, out int count) ? count : throw new KeelsonException(ErrorKind.InvalidArgument, $"option --gpus: '{value}' is no count"); break;
                case "driver": request.Driver = value; break;
                case "device": request.DeviceIDs = value.Split(','); break;
                case "capabilities": capabilities = ["gpu", .. value.Split(',').Where(c => c != "gpu")]; break;
                case "options": request.Options = KeyValues.Labels(value.Split(',')); break;
                default: throw new KeelsonException(ErrorKind.InvalidArgument, $"option --gpus: '{name}' is not known");
            }
        }
        if (request.Count == 0 && request.DeviceIDs is null) request.Count = 1;
        request.Capabilities = [[.. capabilities]];
        return request;
    }

    public static Ulimit Limit(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string[] values = text[(equals + 1)..].Split(':');
        if (equals > 0 && values.Length is 1 or 2 && long.TryParse(values[0], out long soft) && long.TryParse(values[^1], out long hard) && (hard == -1 || soft <= hard))
            return new() { Name = text[..equals], Soft = soft, Hard = hard };
        throw new KeelsonException(ErrorKind.InvalidArgument, $"option --ulimit: '{text}' is not name=soft[:hard]");
    }
}
