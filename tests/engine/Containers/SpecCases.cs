using Keelson.Engine.Containers;
using Keelson.Oci;

namespace Keelson.Engine.Tests.Containers;

/// <summary>Options of <c>docker create</c>, and what docker 20.10.24 made of them: Specs/NAME.json, its configuration without what only names its machine.</summary>
internal static class SpecCases
{
    public const string Passwd = "root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:/bin/sh\njoe:x:1000:1000:Joe:/home/joe:/bin/sh\n";
    public const string Group = "root:x:0:root\nbin:x:1:root,bin\nwheel:x:10:root,joe\njoe:x:1000:\naudio:x:29:joe\nvideo:x:44:\n";
    public static readonly string Id = string.Concat(Enumerable.Repeat("0123456789abcdef", 4)), Other = new('e', 64);

    private static readonly ContainerConfig Base = new() { Cmd = ["sleep", "1000"], Env = ["A=1", "PATH=/bin"] };
    private static readonly ContainerConfig Full = new() { Cmd = ["1000"], Entrypoint = ["sleep"], Env = ["A=1"], User = "joe", WorkingDirectory = "/home/joe", Volumes = new Dictionary<string, EmptyObject> { ["/data"] = new() } };

    /// <summary>Names of all cases with the options that they stand for.</summary>
    public static readonly SortedDictionary<string, (ContainerConfig Image, ContainerSettings Settings, HostSettings Host)> All = new(StringComparer.Ordinal)
    {
        ["plain"] = (Base, new(), new()),
        ["full"] = (Full, new(), new()),
        ["full2"] = (Full, new() { Hostname = "x", Entrypoint = [""], Cmd = ["id"] }, new()),
        ["tty"] = (Base, new() { Tty = true, OpenStdin = true, Hostname = "hh", Domainname = "dd.example" }, new()),
        ["user"] = (Base, new() { User = "joe", Env = ["B=2", "A=3"], WorkingDir = "/tmp" }, new() { GroupAdd = ["video", "77"] }),
        ["usergroup"] = (Base, new() { User = "1000:29" }, new()),
        ["limits"] = (Base, new(), new()
        {
            MemoryBytes = 64 << 20, MemorySwapBytes = 100 << 20, MemoryReservationBytes = 32 << 20, NanoCpus = 500_000_000, CpuShares = 300, CpusetCpus = "0", PidsLimit = 50,
            Ulimits = [new("nofile", 100, 200), new("nproc", 64, 64)], OomScoreAdj = 100,
        }),
        ["caps"] = (Base, new(), new() { CapAdd = ["NET_ADMIN", "SYS_TIME"], CapDrop = ["MKNOD", "CHOWN"] }),
        ["capsall"] = (Base, new(), new() { CapAdd = ["ALL"], CapDrop = ["SYS_ADMIN"] }),
        ["dropall"] = (Base, new(), new() { CapDrop = ["ALL"], CapAdd = ["NET_BIND_SERVICE"], SecurityOpt = ["no-new-privileges"] }),
        ["privileged"] = (Base, new(), new() { Privileged = true }),
        ["readonly"] = (Base, new(), new()
        {
            ReadonlyRootfs = true, Tmpfs = new Dictionary<string, string> { ["/run"] = "rw,size=1m" }, ShmSizeBytes = 10 << 20, Sysctls = new Dictionary<string, string> { ["net.ipv4.ip_forward"] = "1" },
        }),
        ["mounts"] = (Base, new() { Volumes = new Dictionary<string, EmptyObject> { ["/anon"] = new() } }, new()
        {
            Binds = ["/srv:/host:ro", "vol1:/v"],
            Mounts =
            [
                new() { Type = "tmpfs", Target = "/t", TmpfsOptions = new() { SizeBytes = 1_000_000, Mode = 448 } },
                new() { Type = "bind", Source = "/srv", Target = "/b", ReadOnly = true, BindOptions = new() { Propagation = "rslave" } },
            ],
        }),
        ["devices"] = (Base, new(), new() { Devices = [new("/dev/null", "/dev/mynull", "rw")], DeviceCgroupRules = ["c 42:* rmw"] }),
        ["unconfined"] = (Base, new(), new() { SecurityOpt = ["seccomp=unconfined", "systempaths=unconfined"] }),
        ["hostns"] = (Base, new(), new() { PidMode = "host", IpcMode = "host", UtsMode = "host" }),
        ["cgpriv"] = (Base, new(), new() { CgroupnsMode = "private" }),
        ["ipcshare"] = (Base, new(), new() { IpcMode = "shareable", CgroupnsMode = "host" }),
        ["entry"] = (Base, new() { Entrypoint = ["/bin/sleep"], Cmd = ["500"] }, new()),
        ["init"] = (Base, new(), new() { Init = true }),
        ["dns"] = (Base, new(), new() { Dns = ["9.9.9.9"], DnsSearch = ["ex.org"], ExtraHosts = ["foo:1.2.3.4"] }),
        ["hostnet"] = (Base, new(), new() { NetworkMode = "host" }),
        ["joined"] = (Base, new(), new() { NetworkMode = "container:" + Other, PidMode = "container:" + Other }),
    };

    /// <summary>The machine that docker ran on. It knew the capabilities up to CAP_AUDIT_READ.</summary>
    public static MachineFacts Machine { get; } = new() { Hostname = "vm", Capabilities = CapabilityNames.All()[..38], InitPath = "/usr/bin/docker-init" };

    /// <summary>What we make of a case.</summary>
    public static RuntimeSpec Build(string name)
    {
        (ContainerConfig image, ContainerSettings settings, HostSettings host) = All[name];
        host = SettingsCheck.Run(host, settings, Machine, "none", []);
        settings = ImageDefaults.Fill(settings, image, Id, host, Machine.Hostname);
        ContainerInfo container = Info(Id, settings, host) with
        {
            Mounts = [.. MountPlan.Make(settings, host, _ => throw new KeyNotFoundException()).Select(point => point.Type != "volume" ? point : point with { Source = $"/root/volumes/{(point.IsAnonymous ? "anonymous" : point.Name)}/_data" })],
        };
        return SpecBuilder.Build(new()
        {
            Container = container,
            Machine = Machine,
            Account = AccountResolver.Resolve(settings.User ?? "", host.GroupAdd ?? [], new(Passwd, Group)),
            Devices = host.Privileged ? [] : DeviceFinder.Find(host),
            NetworkPid = name == "joined" ? 1 : 0,
            ProcessPid = name == "joined" ? 1 : 0,
            SharedMemoryPath = name == "ipcshare" ? $"/root/containers/{Id}/mounts/shm" : null,
            NamesOf = name == "joined" ? Info(Other, new() { Hostname = Machine.Hostname }, new()) : null,
        });
    }

    private static ContainerInfo Info(string id, ContainerSettings settings, HostSettings host) =>
        new(id, "name") { Settings = settings, Host = host, State = new(), ImageId = "", Snapshotter = "overlayfs", Directory = "/root/containers/" + id };
}
