using Keelson.Cgroups.Tests;
using Keelson.Shim.Api;
using Keelson.Shim.Launch;
using Keelson.Shim.Tasks;
using MountEntry = Keelson.Shim.Api.MountEntry;

namespace Keelson.Shim.Tests;

/// <summary>The parts that need no container.</summary>
public class PartTests
{
    [Theory]
    [InlineData("""{"level":"error","msg":"one"}""" + "\n" + """{"level":"warning","msg":"two"}""" + "\n", "one")]
    [InlineData("""{"level":"error","msg":"one"}""" + "\n" + """{"time":"t","msg":"two","level":"error"}""" + "\n", "two")]
    [InlineData("""{"level":"error","msg":"cut o""", null)]
    [InlineData("time=now level=error msg=text\n", null)]
    [InlineData("", null)]
    public void The_last_error_of_a_log_is_found(string log, string? message) => Assert.Equal(message, RuntimeErrors.LastError(System.Text.Encoding.UTF8.GetBytes(log)));

    [Theory]
    [InlineData("container does not exist", ErrorKind.NotFound)]
    [InlineData("os: process already finished", ErrorKind.NotFound)]
    [InlineData("container with given ID already exists", ErrorKind.AlreadyExists)]
    [InlineData("something else", ErrorKind.Unknown)]
    public void A_message_has_its_kind(string message, ErrorKind kind) => Assert.Equal(kind, RuntimeErrors.KindOf(message));

    [Theory]
    [InlineData("""{"linux":{"namespaces":[{"type":"mount"},{"type":"pid"}],"seccomp":{}},"hooks":{"poststop":[]}}""", null, true)]
    [InlineData("""{"hooks":{"poststop":[{"path":"/bin/true"}]},"linux":{}}""", null, false, true)]
    [InlineData("""{"linux":{"namespaces":[{"type":"pid","path":"/proc/1/ns/pid"}]}}""", null, false)]
    [InlineData("""{"linux":{"namespaces":[{"path":"","type":"pid"}]},"annotations":{"io.keelson.shim.group":"g"}}""", "g", true)]
    [InlineData("""{"annotations":{"io.kubernetes.cri.sandbox-id":"pod","other":"x"}}""", "pod", false)]
    [InlineData("""{"annotations":{"io.keelson.shim.group":"","io.kubernetes.cri.sandbox-id":"pod"}}""", "", false)]
    [InlineData("""{"process":{"args":["type","pid"]},"x":{"annotations":{"io.keelson.shim.group":"no"}}}""", null, false)]
    public void The_group_and_the_namespace_are_read(string json, string? group, bool ownPids, bool hooks = false) =>
        Assert.Equal(new BundleConfig(group, ownPids, hooks), BundleConfig.Parse(System.Text.Encoding.UTF8.GetBytes(json)));

    /// <summary>The numbers of messages and fields are those inside containerd's program: <c>memory_events</c> and <c>memory_oom_control</c>.</summary>
    [Theory]
    [InlineData(":v2", "memory.events", "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n", 8, "1=1 2=2 3=3 4=4 5=5")]
    [InlineData("memory:memory", "memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 7\n", 9, "1=1 3=7")]
    public void What_happened_for_want_of_memory_is_in_the_statistics(string group, string file, string lines, int message, string fields)
    {
        using FakeTree tree = new();
        tree.Add(group[(group.IndexOf(':', StringComparison.Ordinal) + 1)..], (file, lines), ("memory.stat", "anon 1\n"), ("memory.current", "1\n"), ("memory.max", "2\n"), ("cpu.stat", "usage_usec 1\n"), ("cgroup.controllers", "memory\n"));
        TypedMessage stats = ContainerStats.Write(tree.Open(group));
        List<string> seen = [];
        Protobuf.ProtobufReader metrics = new(stats.Value.Span);
        while (metrics.Next())
        {
            if (metrics.Field != message) continue;
            Protobuf.ProtobufReader events = new(metrics.Bytes);
            while (events.Next()) seen.Add($"{events.Field}={events.Number}");
        }
        Assert.Equal(fields, string.Join(' ', seen));
    }

    [Fact]
    public void A_command_line_of_containerd_is_understood()
    {
        ShimArguments arguments = ShimArguments.Parse(["-namespace", "ns", "-address", "/a", "-publish-binary", "/b", "-id", "i", "-debug", "start"]);
        Assert.Equal(("ns", "/a", "/b", "i", true, "start"), (arguments.Namespace, arguments.Address, arguments.PublishBinary, arguments.Id, arguments.IsDebug, arguments.Command));
        Assert.Equal("x", ShimArguments.Parse(["--id=x", "delete"]).Id);
        Assert.Throws<KeelsonException>(() => ShimArguments.Parse(["-id"]));
        Assert.Throws<KeelsonException>(() => ShimArguments.Parse(["-what", "x"]));
        Assert.Throws<KeelsonException>(() => ShimArguments.Parse(["start", "delete"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("-flag")]
    [InlineData("a\nb")]
    public void A_name_that_would_lead_elsewhere_is_refused(string name) => Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => ShimServer.CheckName(name)).Kind);

    [Fact]
    public void Messages_are_read_back()
    {
        ShimOptions options = new() { BinaryName = "runc", Root = "/r", SystemdCgroup = true, IoUid = 5, IoGid = 6, NoPivotRoot = true, NoNewKeyring = true, CriuImagePath = "/i", CriuWorkPath = "/w", ShimCgroup = "/s" };
        Assert.Equal(options, ShimOptions.Parse(options.ToMessage()));
        Assert.Equal(new ShimOptions { BinaryName = "runc", Root = "/r", SystemdCgroup = true }, ShimOptions.FromJson(options.ToJson()));
        Assert.Equal(new ShimOptions(), ShimOptions.Parse(options.ToMessage() with { TypeUrl = "other" }));
        CreateRequest create = CreateRequest.Parse(new CreateRequest("i", "/b", new StdioPaths("in", "out", "err", true)) { Rootfs = [new MountEntry("overlay", "s", "", ["ro", "x=y"])] }.ToBytes());
        Assert.Equal(("i", "/b", new StdioPaths("in", "out", "err", true)), (create.Id, create.Bundle, create.Stdio));
        Assert.Equal(["ro", "x=y"], Assert.Single(create.Rootfs).Options);
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);
        ExitResponse exit = new(7, 137, at);
        Assert.Equal(exit, ExitResponse.ParseDelete(exit.ToDeleteBytes()));
        Assert.Equal(exit with { Pid = 0 }, ExitResponse.ParseWait(exit.ToWaitBytes()));
        StateResponse state = new("i", "e", "/b", 7, Api.TaskStatus.Paused, new StdioPaths("", "o", "", false), 3, at);
        Assert.Equal(state, StateResponse.Parse(state.ToBytes()));
    }
}
