using System.Globalization;
using System.Runtime.InteropServices;
using Keelson.Cgroups;
using Keelson.DockerApi.Http;

namespace Keelson.DockerApi.Server;

/// <summary>What the API tells of the machine, read when it is asked.</summary>
/// <param name="KernelVersion">As uname(2) says.</param>
/// <param name="Architecture">As uname(2) says: <c>x86_64</c>.</param>
/// <param name="GoArchitecture">As Go says: <c>amd64</c>.</param>
internal sealed record MachineFacts(string KernelVersion, string Architecture, string GoArchitecture)
{
    private const string Cgroups = "/sys/fs/cgroup/";

    /// <summary>Reads them.</summary>
    public static MachineFacts Read() => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64
        ? new(Line("/proc/sys/kernel/osrelease"), "aarch64", "arm64") : new(Line("/proc/sys/kernel/osrelease"), "x86_64", "amd64");

    /// <summary>A description with what is known of the machine; the rest is the engine's to fill in.</summary>
    public Docker.SystemInfo Describe(DateTimeOffset now)
    {
        (string system, string version) = Distribution();
        bool isUnified = CgroupLayout.IsV2Alone, hasMemory = isUnified || Directory.Exists(Cgroups + "memory");
        return new()
        {
            DriverStatus = [],
            Plugins = new() { Volume = ["local"], Network = ["host", "null"], Log = [.. Engine.Containers.LogSettings.Drivers] },
            MemoryLimit = hasMemory,
            SwapLimit = isUnified || File.Exists(Cgroups + "memory/memory.memsw.limit_in_bytes"),
            CpuCfsPeriod = true,
            CpuCfsQuota = true,
            CPUShares = true,
            CPUSet = isUnified || Directory.Exists(Cgroups + "cpuset"),
            PidsLimit = isUnified || Directory.Exists(Cgroups + "pids"),
            OomKillDisable = !isUnified && File.Exists(Cgroups + "memory/memory.oom_control"),
            IPv4Forwarding = Line("/proc/sys/net/ipv4/ip_forward") == "1",
            BridgeNfIptables = Line("/proc/sys/net/bridge/bridge-nf-call-iptables") == "1",
            BridgeNfIp6tables = Line("/proc/sys/net/bridge/bridge-nf-call-ip6tables") == "1",
            NFd = Directory.GetFiles("/proc/self/fd").Length,
            NGoroutines = ThreadPool.ThreadCount,
            SystemTime = GoTime.Text(now),
            CgroupVersion = isUnified ? "2" : "1",
            KernelVersion = KernelVersion,
            OperatingSystem = system,
            OSVersion = version,
            OSType = "linux",
            Architecture = Architecture,
            IndexServerAddress = "https://index.docker.io/v1/",
            RegistryConfig = new()
            {
                AllowNondistributableArtifactsCIDRs = [],
                AllowNondistributableArtifactsHostnames = [],
                InsecureRegistryCIDRs = ["127.0.0.0/8"],
                IndexConfigs = new() { ["docker.io"] = new() { Name = "docker.io", Mirrors = [], Secure = true, Official = true } },
                Mirrors = [],
            },
            NCPU = Environment.ProcessorCount,
            MemTotal = MemoryBytes(),
            Name = Line("/proc/sys/kernel/hostname"),
            Labels = [],
            Runtimes = new() { ["runc"] = new() { Path = "keelson-runtime" } },
            DefaultRuntime = "runc",
            Swarm = new() { LocalNodeState = "inactive" },
            SecurityOptions = isUnified ? ["name=seccomp,profile=default", "name=cgroupns"] : ["name=seccomp,profile=default"],
            InitBinary = "",
        };
    }

    private static (string Name, string Version) Distribution()
    {
        string name = "Linux", version = "";
        foreach (string file in (ReadOnlySpan<string>)["/etc/os-release", "/usr/lib/os-release"])
        {
            if (!File.Exists(file)) continue;
            foreach (string line in File.ReadLines(file))
            {
                if (line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal)) name = line[12..].Trim('"', '\'');
                if (line.StartsWith("VERSION_ID=", StringComparison.Ordinal)) version = line[11..].Trim('"', '\'');
            }
            break;
        }
        return (name, version);
    }

    private static long MemoryBytes()
    {
        string[] words = File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(words[1], CultureInfo.InvariantCulture) << 10;
    }

    private static string Line(string file) => File.Exists(file) ? File.ReadLines(file).FirstOrDefault("") : "";
}
