using System.Text.Json;
using Keelson.Content;
using Keelson.Engine.Containers;
using Keelson.Oci;

namespace Keelson.Engine.Tests.Containers;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("/host:/c", "bind", "/host", "/c", "", true, "rprivate")]
    [InlineData("/host/../x/:/c/:ro,z", "bind", "/x", "/c", "ro,z", false, "rprivate")]
    [InlineData("/host:/c:rslave,ro", "bind", "/host", "/c", "rslave,ro", false, "rslave")]
    [InlineData("name:/c", "volume", "name", "/c", "z", true, "")]
    [InlineData("name:/c:nocopy", "volume", "name", "/c", "nocopy", true, "")]
    [InlineData("/c", "volume", "", "/c", "", true, "")]
    [InlineData("/c:ro", "volume", "", "/c", "ro", false, "")]
    public void Binds_are_read(string text, string type, string source, string target, string mode, bool writable, string propagation)
    {
        MountPoint point = VolumeText.Parse(text);
        Assert.Equal((type, source, target, mode, writable, propagation), (point.Type, type == "bind" ? point.Source : point.Name, point.Destination, point.Mode, point.IsWritable, point.Propagation));
    }

    [Theory, InlineData(""), InlineData(":"), InlineData("a:b"), InlineData("/a:/"), InlineData("/a:/b:rw,ro"), InlineData("/a:/b:fast"), InlineData("../a:/b"), InlineData("/a:/b:ro:z"), InlineData("n:/b:shared"), InlineData("/a:/b:nocopy")]
    public void Binds_that_are_none_are_refused(string text) => Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => VolumeText.Parse(text)).Kind);

    [Fact]
    public void One_place_is_mounted_once()
    {
        ContainerSettings settings = new() { Volumes = new Dictionary<string, EmptyObject> { ["/data"] = new(), ["/more"] = new() } };
        IReadOnlyList<MountPoint> points = MountPlan.Make(settings, new() { Binds = ["mine:/data"] }, _ => throw new KeyNotFoundException());
        Assert.Equal(["/data mine", "/more "], points.Select(point => $"{point.Destination} {point.Name}"));
        Assert.Throws<KeelsonException>(() => MountPlan.Make(new(), new() { Binds = ["/a:/x", "/b:/x/"] }, _ => throw new KeyNotFoundException()));
        Assert.Throws<KeelsonException>(() => MountPlan.Make(new(), new() { Binds = ["/a:/x"], Tmpfs = new Dictionary<string, string> { ["/x"] = "" } }, _ => throw new KeyNotFoundException()));
    }

    [Fact]
    public void Settings_of_dockers_clients_are_read_as_they_send_them()
    {
        const string Json = """
            {"Hostname":"h","Cmd":"date","Entrypoint":null,"ENV":["A=1"],"Volumes":{"/v":{}},"Healthcheck":{"Test":["CMD","true"],"Interval":1000000000},"StopTimeout":3,
             "Image":"busybox","HostConfig":{"Binds":["/a:/b"]},"User":null,"ExposedPorts":{"80/tcp":{}}}
            """;
        ContainerSettings settings = JsonSerializer.Deserialize(Json, ContainerJson.Default.ContainerSettings)!;
        Assert.Equal(("date", "A=1", 3, "busybox", 1_000_000_000L), (Assert.Single(settings.Cmd!), Assert.Single(settings.Env!), settings.StopTimeoutSeconds, settings.Image, settings.Healthcheck!.IntervalNanoseconds));
        HostSettings host = JsonSerializer.Deserialize("""{"Memory":67108864,"NetworkMode":null,"LogConfig":{"Type":"","Config":null},"RestartPolicy":null,"UTSMode":"host","CapAdd":"NET_ADMIN","BlkioDeviceReadBps":[{"Path":"/dev/sda","Rate":5}],"Tmpfs":{"/run":"rw"}}""", ContainerJson.Default.HostSettings)!;
        Assert.Equal((64L << 20, "", "", "host", "NET_ADMIN", 5UL), (host.MemoryBytes, host.NetworkMode, host.RestartPolicy.Name, host.UtsMode, host.CapAdd![0], host.BlkioDeviceReadBps![0].Rate));
    }

    [Theory]
    [InlineData("""{"Memory":1048576}""", "Minimum memory limit allowed is 6MB")]
    [InlineData("""{"Memory":67108864,"MemorySwap":1}""", "Minimum memoryswap limit")]
    [InlineData("""{"NetworkMode":"container:a","PortBindings":{"80/tcp":null}}""", "conflicting options: port publishing and the container type network mode")]
    [InlineData("""{"PortBindings":{"80/gre":null}}""", "invalid proto: gre")]
    [InlineData("""{"PortBindings":{"http":null}}""", "invalid port specification")]
    [InlineData("""{"PortBindings":{"80":[{"HostPort":"9-8"}]}}""", "invalid port specification")]
    [InlineData("""{"PortBindings":{"80":[{"HostIp":"here"}]}}""", "invalid IP address: here")]
    [InlineData("""{"Links":["a:b:c"]}""", "bad format for links")]
    [InlineData("""{"Dns":["x"]}""", "invalid IP address: x")]
    [InlineData("""{"PidMode":"x"}""", "invalid PID mode")]
    [InlineData("""{"AutoRemove":true,"RestartPolicy":{"Name":"always"}}""", "AutoRemove")]
    [InlineData("""{"RestartPolicy":{"Name":"sometimes"}}""", "invalid restart policy")]
    [InlineData("""{"RestartPolicy":{"Name":"always","MaximumRetryCount":3}}""", "maximum retry count")]
    [InlineData("""{"CapAdd":["CAP_FLY"]}""", "unknown capability")]
    [InlineData("""{"SecurityOpt":["colour=red"]}""", "invalid --security-opt")]
    [InlineData("""{"SecurityOpt":["apparmor=mine"]}""", "AppArmor is not supported")]
    [InlineData("""{"Ulimits":[{"Name":"stars","Soft":1,"Hard":1}]}""", "invalid ulimit type")]
    [InlineData("""{"DeviceCgroupRules":["c 1"]}""", "invalid device cgroup rule")]
    [InlineData("""{"OomScoreAdj":2000}""", "range for oom score adj")]
    [InlineData("""{"Init":true}""", "an init is asked for")]
    [InlineData("""{"UsernsMode":"remap:0:5"}""", "invalid user namespace mode")]
    [InlineData("""{"UsernsMode":"remap:100000:65536","Privileged":true}""", "privileged mode is incompatible")]
    [InlineData("""{"DeviceRequests":[{"Driver":"nvidia","Count":-1}]}""", "could not select device driver")]
    [InlineData("""{"LogConfig":{"Type":"tape"}}""", "plugin \"tape\" not found")]
    public void Settings_that_make_no_sense_are_refused(string host, string message)
    {
        HostSettings settings = JsonSerializer.Deserialize(host, ContainerJson.Default.HostSettings)!;
        KeelsonException e = Assert.Throws<KeelsonException>(() => SettingsCheck.Run(settings, new(), SpecCases.Machine with { InitPath = null }, "none", []));
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CgroupDriver.Cgroupfs, "", "", "/keelson/box")]
    [InlineData(CgroupDriver.Cgroupfs, "/pods/", "", "/pods/box")]
    [InlineData(CgroupDriver.Cgroupfs, "/pods", "own", "own/box")]
    [InlineData(CgroupDriver.Systemd, "", "", "system.slice:keelson:box")]
    [InlineData(CgroupDriver.Systemd, "pods.slice", "", "pods.slice:keelson:box")]
    [InlineData(CgroupDriver.Systemd, "pods.slice", "own-pods.slice", "own-pods.slice:keelson:box")]
    public void Cgroups_lie_below_what_settings_name_or_else_the_daemon(CgroupDriver driver, string daemon, string own, string path)
    {
        CgroupPlace place = new(driver, daemon);
        place.Check(own);
        Assert.Equal(path, place.PathOf(own, "box"));
    }

    [Theory, InlineData("/pods"), InlineData("pods"), InlineData("a--b.slice"), InlineData(".slice"), InlineData("a.slice:x")]
    public void What_is_no_slice_is_refused_where_systemd_makes_cgroups(string parent)
    {
        KeelsonException e = Assert.Throws<KeelsonException>(() => new CgroupPlace(CgroupDriver.Systemd, "").Check(parent));
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.Contains($"cgroup parent '{parent}'", e.Message, StringComparison.Ordinal);
        new CgroupPlace(CgroupDriver.Cgroupfs, "").Check(parent);
    }

    [Fact]
    public void The_swap_limit_is_twice_the_memory_as_docker_has_it() => Assert.Equal(128 << 20, SettingsCheck.Run(new() { MemoryBytes = 64 << 20 }, new(), SpecCases.Machine, "none", []).MemorySwapBytes);

    [Fact]
    public void Names_are_held_once_and_found_by_the_beginning_of_an_identity()
    {
        NameTable<string> table = new();
        string one = new string('a', 63) + "1", other = new string('a', 63) + "2";
        table.Reserve("first", one);
        table.Add(one, "1");
        table.Add(other, "2");
        Assert.Equal(ErrorKind.AlreadyExists, Assert.Throws<KeelsonException>(() => table.Reserve("first", other)).Kind);
        Assert.Equal(("1", "1", "2"), (table.Get("/first"), table.Get("first"), table.Get(other)));
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => table.Get("aaa")).Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<KeelsonException>(() => table.Get("bbb")).Kind);
        table.Remove(one);
        table.Reserve("first", other);
        string made = table.Reserve(new Random(1), "x");
        Assert.True(ContainerName.IsValid(made));
    }

    [Fact]
    public void A_record_gives_back_what_was_put_in_and_containerd_reads_the_rest()
    {
        ContainerInfo info = new(SpecCases.Id, "calm_bay")
        {
            Settings = new() { Image = "busybox", Cmd = ["true"], Labels = new Dictionary<string, string> { ["a"] = "b", ["containerd.io/gc.root"] = "x", ["long"] = new('x', 5000) }, StopTimeoutSeconds = 4 },
            Host = new() { MemoryBytes = 7 << 20, Binds = ["/a:/b"], RestartPolicy = new() { Name = "always" } },
            State = new() { Status = Engine.Containers.ContainerStatus.Exited, ExitCode = 3, StartedAt = DateTimeOffset.UnixEpoch, RestartCount = 2 },
            ImageId = "sha256:1",
            Mounts = [VolumeText.Parse("/a:/b:ro")],
            Snapshotter = "overlayfs",
            Directory = "/containers/" + SpecCases.Id,
            LogPath = $"/containers/{SpecCases.Id}/{SpecCases.Id}-json.log",
        };
        ContainerRecord record = ContainerRecords.Make(info, "{}"u8);
        ContainerInfo read = ContainerRecords.Read(record, "/containers", out _)!;
        Assert.Equal((info.Name, info.ImageId, 3, "always", "/b", 4, info.LogPath), (read.Name, read.ImageId, read.State.ExitCode, read.Host.RestartPolicy.Name, read.Mounts[0].Destination, read.Settings.StopTimeoutSeconds, read.LogPath));
        Assert.Equal("{}"u8.ToArray(), ContainerRecords.Spec(record));
        // CVE-2026-53488: a label that an image brought steers nothing.
        Assert.Equal(["a"], record.Labels.Keys);
        Assert.Equal("{}"u8.ToArray(), Tasks.ContainerDefinition.Of(record).Spec.Value.ToArray());
    }

    [Fact]
    public void An_event_says_again_what_it_was_made_of()
    {
        EventDraft draft = DockerEvents.Draft("keelson", "container", "exec_create: sh -c x", "id", [new("name", "n"), new("image", "i")]);
        ContainerEvent read = DockerEvents.Read(new(7, draft.Namespace, draft.Topic, draft.TypeUrl, draft.Payload, DateTimeOffset.UnixEpoch))!;
        Assert.Equal((7L, "container", "exec_create: sh -c x", "id", "n", "/docker/container/exec-create"), (read.Sequence, read.Type, read.Action, read.ActorId, read.Attributes["name"], draft.Topic));
    }

    [Fact]
    public void Names_of_hosts_and_servers_are_written_as_asked()
    {
        HostSettings host = new() { Dns = ["9.9.9.9"], DnsSearch = ["ex.org"], DnsOptions = ["ndots:2"], ExtraHosts = ["foo:1.2.3.4", "six:::1"] };
        Assert.Equal("127.0.0.1\tlocalhost\n1.2.3.4\tfoo\n::1\tsix\n", NameFiles.HostsText(host, "127.0.0.1\tlocalhost"));
        Assert.Equal("search ex.org\nnameserver 9.9.9.9\noptions ndots:2\n", NameFiles.ResolvText(host, "nameserver 1.1.1.1\nsearch a b\noptions edns0\n", NetworkNames.None));
        Assert.Equal("nameserver 1.1.1.1\nsearch ex.org\n", NameFiles.ResolvText(new() { DnsSearch = ["ex.org"] }, "nameserver 1.1.1.1\nsearch a b\n", NetworkNames.None));
    }
}
