using System.Diagnostics;
using Keelson.Cgroups.DBus;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups.Tests;

/// <summary>The systemd driver against a fake manager behind a real bus, with real cgroups.</summary>
public class SystemdLiveTests
{
    private static readonly string Slice = $"keelsontest{Environment.ProcessId}.slice";

    [CgroupV1Fact]
    public void A_scope_is_made_limited_changed_and_stopped() => Live(systemd =>
    {
        using Process child = Process.Start("/bin/sleep", "1000");
        LinuxResources resources = new() { Memory = new MemoryResources { Limit = 64 << 20 }, Pids = new PidsResources { Limit = 9 }, Cpu = new CpuResources { Quota = 33_333, Period = 100_000 } };
        SystemdOptions options = new()
        {
            Pid = child.Id, BusPath = systemd.Socket, Description = "a box", Annotations = new Dictionary<string, string> { ["org.systemd.property.TimeoutStopSec"] = "5", ["other"] = "x" },
        };
        SystemdUnit unit = SystemdUnit.For($"{Slice}:keelson:box", "box", isUser: false);
        Cgroup group = Cgroup.Create(CgroupLayout.Detect(), unit, resources, new CgroupOptions(), options);

        Assert.Equal("Get org.freedesktop.systemd1.Manager Version", systemd.Calls[0]);
        Assert.Equal("Subscribe", systemd.Calls[1]);
        Assert.Equal($"StartTransientUnit keelson-box.scope replace [(Description, <s a box>), (Slice, <s {Slice}>), (Delegate, <b true>), (PIDs, <au [{child.Id}]>), "
            + "(DefaultDependencies, <b false>), (MemoryAccounting, <b true>), (CPUAccounting, <b true>), (BlockIOAccounting, <b true>), (TasksAccounting, <b true>), "
            + "(DevicePolicy, <s strict>), (DeviceAllow, <a(ss) []>), (DeviceAllow, <a(ss) [(char-*, m), (block-*, m), (/dev/char/1:3, rwm), (/dev/char/1:5, rwm), (/dev/char/1:7, rwm), "
            + "(/dev/char/1:8, rwm), (/dev/char/1:9, rwm), (/dev/char/5:0, rwm), (/dev/char/5:1, rwm), (/dev/char/5:2, rwm), (char-pts, rwm), (/dev/char/10:200, rwm)]>), "
            + "(MemoryLimit, <t 67108864>), (CPUQuotaPeriodUSec, <t 100000>), (CPUQuotaPerSecUSec, <t 340000>), (TasksMax, <t 9>), (TimeoutStopUSec, <t 5000000>)] []", systemd.Calls[2]);

        foreach ((_, string path) in CgroupMembership.Read(child.Id)) Assert.Equal($"/{Slice}/keelson-box.scope", path);
        Assert.Equal("9\n", File.ReadAllText($"/sys/fs/cgroup/pids/{Slice}/keelson-box.scope/pids.max"));
        Assert.Equal(Cgroup.Foresee(CgroupLayout.Detect(), unit, options), group.Save());

        Cgroup found = Cgroup.Open(group.Save());
        found.Update(new LinuxResources { Pids = new PidsResources { Limit = 0 }, Memory = new MemoryResources { Limit = -1 } });
        Assert.Equal("SetUnitProperties keelson-box.scope true [(MemoryLimit, <t max>), (TasksMax, <t 1>)]", systemd.Calls[^1]);
        Assert.Equal("0\n", File.ReadAllText($"/sys/fs/cgroup/pids/{Slice}/keelson-box.scope/pids.max"));
        found.ApplyDevices([new DeviceRule { Allow = true }]);
        Assert.Equal("SetUnitProperties keelson-box.scope true [(DevicePolicy, <s auto>), (DeviceAllow, <a(ss) []>)]", systemd.Calls[^1]);
        Assert.False(found.IsFrozen);
        Assert.False(found.TryRemove());

        found.Remove();
        child.WaitForExit();
        Assert.Equal(["StopUnit keelson-box.scope replace", "ResetFailedUnit keelson-box.scope"], systemd.Calls[^2..]);
        Assert.All(found.Directories, d => Assert.False(Directory.Exists(d.Directory)));
        found.Remove();
    });

    [CgroupV1Fact]
    public void A_job_that_ends_before_the_answer_is_not_missed() => Live(systemd =>
    {
        systemd.EndsJobsEarly = true;
        using Process child = Process.Start("/bin/sleep", "1000");
        Create(systemd, child.Id).Remove();
        child.WaitForExit();
    });

    [CgroupV1Fact]
    public void A_job_that_fails_is_an_error_and_the_unit_is_forgotten() => Live(systemd =>
    {
        systemd.JobResult = "failed";
        using Process child = Process.Start("/bin/sleep", "1000");
        KeelsonException e = Assert.Throws<KeelsonException>(() => Create(systemd, child.Id));
        Assert.Equal("start systemd unit keelson-box.scope: the job ended with 'failed'", e.Message);
        child.Kill();
        child.WaitForExit();
    });

    [CgroupV1Fact]
    public void A_unit_that_failed_before_is_replaced_and_one_that_runs_is_not() => Live(systemd =>
    {
        using Process child = Process.Start("/bin/sleep", "1000");
        systemd.Units["keelson-box.scope"] = "active";
        BusException e = Assert.Throws<BusException>(() => Create(systemd, child.Id));
        Assert.Equal(ErrorKind.AlreadyExists, e.Kind);
        Assert.Contains("Unit keelson-box.scope already exists.", e.Message, StringComparison.Ordinal);
        systemd.Units["keelson-box.scope"] = "failed";
        Create(systemd, child.Id).Remove();
        child.WaitForExit();
    });

    [CgroupV1Fact]
    public void A_limit_that_the_kernel_refuses_stops_the_unit_again() => Live(systemd =>
    {
        using Process child = Process.Start("/bin/sleep", "1000");
        Assert.Throws<LinuxException>(() => Create(systemd, child.Id, new LinuxResources { Cpu = new CpuResources { Cpus = "4000" } }));
        child.WaitForExit();
        Assert.Empty(systemd.Units);
        Assert.Contains("KillUnit keelson-box.scope all 9", systemd.Calls);
        Assert.False(Directory.Exists($"/sys/fs/cgroup/pids/{Slice}/keelson-box.scope"));
    });

    [RootFact]
    public void It_says_whether_the_machine_is_about_to_end()
    {
        using FakeSystemd systemd = new();
        Assert.False(SystemdHost.IsStopping(systemd.Socket));
        systemd.State = "stopping";
        Assert.True(SystemdHost.IsStopping(systemd.Socket));
    }

    [RootFact]
    public void A_private_connection_is_not_greeted_and_calls_nobody_by_name()
    {
        using FakeSystemd systemd = new(isPrivate: true);
        using BusConnection connection = BusConnection.Open(systemd.Socket, isBus: false, TimeSpan.FromSeconds(10));
        BusMessage reply = connection.Call("", "/org/freedesktop/systemd1", "org.freedesktop.DBus.Properties", "Get", "ss", "org.freedesktop.systemd1.Manager", "Version");
        Assert.Equal("s", reply.ReadSignature());
        Assert.Equal("252.38-1~deb12u1", reply.ReadString());
        BusException e = Assert.Throws<BusException>(() => connection.Call("", "/x", "a.b", "Nonsense", ""));
        Assert.Equal("d-bus call Nonsense: org.freedesktop.DBus.Error.UnknownMethod (Nonsense)", e.Message);
    }

    [RootFact]
    public void Every_type_arrives_as_it_was_sent()
    {
        using FakeSystemd systemd = new(isPrivate: true);
        using BusConnection connection = BusConnection.Open(systemd.Socket, isBus: false, TimeSpan.FromSeconds(10));
        Assert.Throws<BusException>(() => connection.Call("", "/x", "a.b", "Echo", "ybnqiuxtdsogva(sas)ayaat", (byte)1, true, (short)-2, (ushort)3, -4, 5u, -6L, 7ul, 1.5, "ä", "/o", "as",
            new BusVariant("a(sv)", new object[] { new object[] { "k", new BusVariant("b", true) } }), new object[] { new object[] { "f", new object[] { "g", "h" } } }, new byte[] { 8, 9 },
            new object[] { new object[] { 1ul }, Array.Empty<object>() }));
        Assert.Equal("Echo 1 true -2 3 -4 5 -6 7 1.5 ä /o as <a(sv) [(k, <b true>)]> [(f, [g, h])] [8, 9] [[1], []]", systemd.Calls[^1]);
    }

    [RootFact]
    public void Nobody_at_the_socket_is_named_and_a_silent_one_is_given_up()
    {
        KeelsonException e = Assert.Throws<KeelsonException>(() => SystemdManager.Connect(isUser: false, "/nowhere/bus"));
        Assert.Equal("reach systemd at /nowhere/bus: connect to d-bus at /nowhere/bus: ENOENT (no such file or directory)", e.FullMessage);
        string path = TestDirectory.Make("silent") + "/socket";
        Sockets.TryListen(path, out FdHandle? listener).ThrowIfError("listen");
        using (listener)
            Assert.Equal("d-bus call AUTH: no answer within 0.05 s", Assert.Throws<KeelsonException>(() => BusConnection.Open(path, isBus: true, TimeSpan.FromMilliseconds(50))).Message);
    }

    private static Cgroup Create(FakeSystemd systemd, int pid, LinuxResources? resources = null) =>
        Cgroup.Create(CgroupLayout.Detect(), SystemdUnit.For($"{Slice}:keelson:box", "box", isUser: false), resources, new CgroupOptions(), new SystemdOptions { Pid = pid, BusPath = systemd.Socket });

    private static void Live(Action<FakeSystemd> test)
    {
        try
        {
            using FakeSystemd systemd = new();
            test(systemd);
        }
        finally
        {
            foreach (CgroupHierarchy hierarchy in CgroupLayout.Detect().Hierarchies) CgroupTree.Remove($"{hierarchy.MountPoint}/{Slice}");
        }
    }
}
