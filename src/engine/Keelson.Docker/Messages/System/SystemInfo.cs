using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The answer to GET /info.</summary>
public sealed record SystemInfo
{
    public string ID { get; set => field = value ?? ""; } = "";

    public int Containers { get; set; }

    public int ContainersRunning { get; set; }

    public int ContainersPaused { get; set; }

    public int ContainersStopped { get; set; }

    public int Images { get; set; }

    public string Driver { get; set => field = value ?? ""; } = "";

    public string[][]? DriverStatus { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[][]? SystemStatus { get; set => field = Empty.ToNull(value); }

    public PluginsInfo Plugins { get; set => field = value ?? new(); } = new();

    public bool MemoryLimit { get; set; }

    public bool SwapLimit { get; set; }

    public bool KernelMemory { get; set; }

    public bool KernelMemoryTCP { get; set; }

    public bool CpuCfsPeriod { get; set; }

    public bool CpuCfsQuota { get; set; }

    public bool CPUShares { get; set; }

    public bool CPUSet { get; set; }

    public bool PidsLimit { get; set; }

    public bool IPv4Forwarding { get; set; }

    public bool BridgeNfIptables { get; set; }

    public bool BridgeNfIp6tables { get; set; }

    public bool Debug { get; set; }

    public int NFd { get; set; }

    public bool OomKillDisable { get; set; }

    public int NGoroutines { get; set; }

    public string SystemTime { get; set => field = value ?? ""; } = "";

    public string LoggingDriver { get; set => field = value ?? ""; } = "";

    public string CgroupDriver { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CgroupVersion { get; set => field = Empty.ToNull(value); }

    public int NEventsListener { get; set; }

    public string KernelVersion { get; set => field = value ?? ""; } = "";

    public string OperatingSystem { get; set => field = value ?? ""; } = "";

    public string OSVersion { get; set => field = value ?? ""; } = "";

    public string OSType { get; set => field = value ?? ""; } = "";

    public string Architecture { get; set => field = value ?? ""; } = "";

    public string IndexServerAddress { get; set => field = value ?? ""; } = "";

    public RegistryServiceConfig? RegistryConfig { get; set; }

    public int NCPU { get; set; }

    public long MemTotal { get; set; }

    public JsonElement? GenericResources { get; set; }

    public string DockerRootDir { get; set => field = value ?? ""; } = "";

    public string HttpProxy { get; set => field = value ?? ""; } = "";

    public string HttpsProxy { get; set => field = value ?? ""; } = "";

    public string NoProxy { get; set => field = value ?? ""; } = "";

    public string Name { get; set => field = value ?? ""; } = "";

    public string[]? Labels { get; set; }

    public bool ExperimentalBuild { get; set; }

    public string ServerVersion { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ClusterStore { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ClusterAdvertise { get; set => field = Empty.ToNull(value); }

    public Dictionary<string, RuntimeInfo>? Runtimes { get; set; }

    public string DefaultRuntime { get; set => field = value ?? ""; } = "";

    public SwarmInfo Swarm { get; set => field = value ?? new(); } = new();

    public bool LiveRestoreEnabled { get; set; }

    public string Isolation { get; set => field = value ?? ""; } = "";

    public string InitBinary { get; set => field = value ?? ""; } = "";

    public ComponentCommit ContainerdCommit { get; set => field = value ?? new(); } = new();

    public ComponentCommit RuncCommit { get; set => field = value ?? new(); } = new();

    public ComponentCommit InitCommit { get; set => field = value ?? new(); } = new();

    public string[]? SecurityOptions { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ProductLicense { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NetworkAddressPool[]? DefaultAddressPools { get; set => field = Empty.ToNull(value); }

    public string[]? Warnings { get; set; }
}
