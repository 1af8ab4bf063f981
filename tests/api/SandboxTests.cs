using System.Text.Json.Nodes;
using Containerd.Events;
using Containerd.Services.Sandbox.V1;
using Containerd.Types;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Services.Events.V1;
using ContainersV1 = Containerd.Services.Containers.V1;

namespace Keelson.Api.Tests;

/// <summary>Sandboxes through the daemon: their records, and those that run in our shim.</summary>
public class SandboxTests
{
    private const string SpecType = "types.containerd.io/opencontainers/runtime-spec/1/Spec";
    private static int last;

    [DaemonFact]
    public async Task Records_are_kept_found_and_changed()
    {
        string folder = TestDirectory.Make("keelsond");
        Sandbox wanted = new()
        {
            SandboxId = "pod", Runtime = new() { Name = TestContainers.Own, Options = new() { TypeUrl = "a", Value = ByteString.CopyFromUtf8("b") } }, Spec = new() { TypeUrl = SpecType, Value = ByteString.CopyFromUtf8("{}") },
            Labels = { ["team"] = "a" }, Extensions = { ["ext"] = new Any { TypeUrl = "c", Value = ByteString.CopyFromUtf8("d") } }, Sandboxer = "shim",
        };
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder))
        {
            Store.StoreClient store = new(daemon.Channel);
            Sandbox created = (await store.CreateAsync(new() { Sandbox = wanted }, DaemonUnderTest.In("web"))).Sandbox;
            await store.CreateAsync(new() { Sandbox = new() { SandboxId = "other", Runtime = new() { Name = "x" } } }, DaemonUnderTest.In("web"));
            Assert.Equal(created.CreatedAt, created.UpdatedAt);
            Assert.Equal(Plain(wanted), Plain(created));
            daemon.Kill();
        }
        using DaemonUnderTest again = DaemonUnderTest.Start(folder);
        Store.StoreClient client = new(again.Channel);
        Metadata web = DaemonUnderTest.In("web");

        Assert.Equal(Plain(wanted), Plain((await client.GetAsync(new() { SandboxId = "pod" }, web)).Sandbox));
        Assert.Equal(["other", "pod"], (await client.ListAsync(new(), web)).List.Select(one => one.SandboxId));
        Assert.Equal(["pod"], (await client.ListAsync(new() { Filters = { "labels.team==a" } }, web)).List.Select(one => one.SandboxId));
        Assert.Empty((await client.ListAsync(new(), DaemonUnderTest.In("default"))).List);
        Sandbox changed = (await client.UpdateAsync(new() { Sandbox = new() { SandboxId = "pod", Labels = { ["team"] = "b", ["more"] = "c" } }, Fields = { "labels.team" } }, web)).Sandbox;
        Assert.Equal(["team=b"], changed.Labels.Select(label => $"{label.Key}={label.Value}"));
        Assert.Equal((wanted.Spec, wanted.Sandboxer), (changed.Spec, changed.Sandboxer));
        Assert.True(changed.UpdatedAt.ToDateTimeOffset() > changed.CreatedAt.ToDateTimeOffset());
        Assert.Equal(StatusCode.InvalidArgument, Fails(() => client.Update(new() { Sandbox = new() { SandboxId = "pod" }, Fields = { "sandboxer" } }, web)));
        Assert.Equal(StatusCode.InvalidArgument, Fails(() => client.Update(new() { Sandbox = new() { SandboxId = "pod", Runtime = new() { Name = "y" } } }, web)));
        Assert.Equal(StatusCode.AlreadyExists, Fails(() => client.Create(new() { Sandbox = wanted }, web)));
        Assert.Equal(StatusCode.InvalidArgument, Fails(() => client.Create(new() { Sandbox = new() { SandboxId = "-pod" } }, web)));
        Assert.Equal(StatusCode.FailedPrecondition, Fails(() => client.Get(new() { SandboxId = "pod" })));
        again.Ctr("namespaces", "rm", "web").Fails("sandboxes");
        await client.DeleteAsync(new() { SandboxId = "pod" }, web);
        Assert.Equal(StatusCode.NotFound, Fails(() => client.Delete(new() { SandboxId = "pod" }, web)));
        Assert.Equal(StatusCode.NotFound, Fails(() => client.Get(new() { SandboxId = "pod" }, web)));
        again.Stop();
        TestDirectory.Remove(folder);
    }

    [DaemonFact]
    public async Task A_sandbox_and_its_container_live_through_a_restart_and_go_without_a_trace()
    {
        string folder = TestDirectory.Make("keelsond");
        uint pid;
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder))
        {
            Controller.ControllerClient controller = new(daemon.Channel);
            Metadata space = DaemonUnderTest.In(daemon.Space);
            Make(daemon, "pod");
            await controller.CreateAsync(new() { SandboxId = "pod", Sandboxer = "shim" }, space);
            ControllerStartResponse started = await controller.StartAsync(new() { SandboxId = "pod", Sandboxer = "shim" }, space);
            pid = started.Pid;
            Assert.StartsWith("ttrpc+unix:///", started.Address, StringComparison.Ordinal);
            Join(daemon, "pod", "box", pid);
            daemon.CtrHere("tasks", "start", "--detach", "box").Succeeds();
            Assert.Equal("RUNNING", TestContainers.Status(daemon, "box"));
            Assert.Equal(Namespace(pid), Namespace(uint.Parse(daemon.CtrHere("tasks", "ls").Succeeds().Lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture)));
            Assert.Single(Shims(daemon));
            Assert.Equal(("linux", true), ((await controller.PlatformAsync(new() { SandboxId = "pod" }, space)).Platform.Os, (await controller.MetricsAsync(new() { SandboxId = "pod" }, space)).Metrics.Data.TypeUrl.Contains("cgroups", StringComparison.Ordinal)));
            await controller.UpdateAsync(new() { SandboxId = "pod", Fields = { "labels.a" } }, space);
            Assert.Equal(StatusCode.InvalidArgument, Fails(() => controller.Update(new() { SandboxId = "pod", Fields = { "id" } }, space)));
            daemon.Kill();
        }
        using DaemonUnderTest again = DaemonUnderTest.Start(folder);
        Controller.ControllerClient client = new(again.Channel);
        Metadata here = DaemonUnderTest.In(again.Space);

        ControllerStatusResponse status = await client.StatusAsync(new() { SandboxId = "pod", Verbose = true }, here);
        Assert.Equal(("SANDBOX_READY", pid, "box"), (status.State, status.Pid, status.Info["containers"]));
        Assert.Null(status.ExitedAt);
        using AsyncUnaryCall<ControllerWaitResponse> waiting = client.WaitAsync(new() { SandboxId = "pod" }, here);
        await client.StopAsync(new() { SandboxId = "pod", TimeoutSecs = 10 }, here);
        ControllerWaitResponse end = await waiting;
        TestContainers.AwaitStatus(again, "box", "STOPPED");
        status = await client.StatusAsync(new() { SandboxId = "pod" }, here);
        Assert.Equal(("SANDBOX_NOTREADY", 0u, end.ExitedAt), (status.State, status.Pid, status.ExitedAt));
        await client.ShutdownAsync(new() { SandboxId = "pod" }, here);
        Condition.Await("the end of the shim", () => Shims(again).Length == 0);
        Assert.Equal(StatusCode.NotFound, Fails(() => client.Status(new() { SandboxId = "pod" }, here)));
        Assert.Equal("", TestContainers.Status(again, "box"));
        Assert.Empty(Directory.GetDirectories($"{again.State}/io.containerd.sandbox.controller.v1.shim/{again.Space}"));
        Assert.Empty(Directory.GetDirectories($"{again.State}/io.containerd.runtime.v2.task/{again.Space}"));
        Assert.DoesNotContain(again.Folder, await File.ReadAllTextAsync("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.Equal(["/sandboxes/create pod", "/sandboxes/start pod", "/sandboxes/exit pod 137"], await EventsAsync(again));
        again.CtrHere("containers", "rm", "box").Succeeds();
        again.Stop();
        TestDirectory.Remove(folder);
    }

    [DaemonFact]
    public async Task The_end_of_the_shim_is_the_end_of_the_sandbox_and_is_remembered()
    {
        string folder = TestDirectory.Make("keelsond");
        Timestamp? exitedAt;
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder))
        {
            Controller.ControllerClient controller = new(daemon.Channel);
            Metadata space = DaemonUnderTest.In(daemon.Space);
            Make(daemon, "pod");
            await controller.CreateAsync(new() { SandboxId = "pod" }, space);
            uint pid = (await controller.StartAsync(new() { SandboxId = "pod" }, space)).Pid;
            Join(daemon, "pod", "box", pid);
            daemon.CtrHere("tasks", "start", "--detach", "box").Succeeds();
            using AsyncUnaryCall<ControllerWaitResponse> waiting = controller.WaitAsync(new() { SandboxId = "pod" }, space);
            Processes.TryKill(Assert.Single(Shims(daemon)), Signals.SIGKILL).ThrowIfError("kill", "shim");

            ControllerWaitResponse end = await waiting;

            Assert.Equal(137u, end.ExitStatus);
            exitedAt = end.ExitedAt;
            Condition.Await("the end of the holder", () => !Directory.Exists($"/proc/{pid}"));
            ControllerStatusResponse status = await controller.StatusAsync(new() { SandboxId = "pod" }, space);
            Assert.Equal(("SANDBOX_NOTREADY", exitedAt), (status.State, status.ExitedAt));
            Condition.Await("the end of the task", () => TestContainers.Status(daemon, "box").Length == 0);
            Assert.Equal(StatusCode.FailedPrecondition, Fails(() => controller.Start(new() { SandboxId = "pod" }, space)));
            daemon.CtrHere("tasks", "start", "--detach", "box").Fails("its shim has ended");
            daemon.Kill();
        }
        using DaemonUnderTest again = DaemonUnderTest.Start(folder);
        Controller.ControllerClient client = new(again.Channel);
        Metadata here = DaemonUnderTest.In(again.Space);
        Assert.Equal(exitedAt, (await client.WaitAsync(new() { SandboxId = "pod" }, here)).ExitedAt);
        Assert.Equal(exitedAt, (await client.StatusAsync(new() { SandboxId = "pod" }, here)).ExitedAt);
        await client.StopAsync(new() { SandboxId = "pod" }, here);
        await client.ShutdownAsync(new() { SandboxId = "pod" }, here);
        Assert.Equal(["/sandboxes/create pod", "/sandboxes/start pod", "/sandboxes/exit pod 137"], await EventsAsync(again));
        Assert.Empty(Directory.GetDirectories($"{again.State}/io.containerd.sandbox.controller.v1.shim/{again.Space}"));
        again.CtrHere("containers", "rm", "box").Succeeds();
        again.Stop();
        TestDirectory.Remove(folder);
    }

    [DaemonFact]
    public async Task What_cannot_be_made_leaves_nothing()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Controller.ControllerClient controller = new(daemon.Channel);
        Metadata space = DaemonUnderTest.In(daemon.Space);
        Sandbox Of(string runtime, string spec) => new() { SandboxId = "pod", Runtime = new() { Name = runtime }, Spec = new() { TypeUrl = SpecType, Value = ByteString.CopyFromUtf8(spec) } };

        // containerd's shim of 1.6 holds no sandboxes.
        Assert.Equal(StatusCode.Unimplemented, Fails(() => controller.Create(new() { SandboxId = "pod", Sandbox = Of(TestContainers.Runc, "{}") }, space)));
        Assert.Equal(StatusCode.NotFound, Fails(() => controller.Create(new() { SandboxId = "pod", Sandbox = Of("io.containerd.none.v2", "{}") }, space)));
        Assert.Equal(StatusCode.InvalidArgument, Fails(() => controller.Create(new() { SandboxId = "pod", Sandbox = Of(TestContainers.Own, "[") }, space)));
        Assert.Equal(StatusCode.NotFound, Fails(() => controller.Create(new() { SandboxId = "pod" }, space)));
        Assert.Equal(StatusCode.NotFound, Fails(() => controller.Create(new() { SandboxId = "pod", Sandboxer = "podsandbox", Sandbox = Of(TestContainers.Own, "{}") }, space)));
        Assert.Equal(StatusCode.NotFound, Fails(() => controller.Wait(new() { SandboxId = "pod" }, space)));
        Assert.Equal(StatusCode.NotFound, Fails(() => controller.Shutdown(new() { SandboxId = "pod" }, space)));
        await controller.StopAsync(new() { SandboxId = "pod" }, space);
        Assert.Empty(Directory.EnumerateDirectories(daemon.State + "/io.containerd.sandbox.controller.v1.shim").SelectMany(Directory.GetDirectories));
        Condition.Await("the end of the shims", () => Shims(daemon).Length == 0);
    }

    [DaemonFact]
    public void A_client_of_another_library_runs_a_sandbox()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        string generated = Directory.CreateDirectory(daemon.Folder + "/python").FullName, protos = Repository.Root + "/protos";
        string[] files = ["services/sandbox/v1/sandbox", "types/sandbox", "types/mount", "types/platform", "types/metrics"];
        ChildProcess.Run(["protoc", "-I", protos, "--python_out", generated, .. files.Select(file => $"{protos}/containerd/{file}.proto")]).Succeeds();

        CommandResult run = ChildProcess.Run(["/usr/bin/python3", Repository.Root + "/tests/api/sandbox_client.py", daemon.Address, daemon.Space, TestContainers.Own, Config()],
            new() { Environment = new Dictionary<string, string> { ["PYTHONPATH"] = generated, ["PATH"] = "/usr/bin:/bin" } });

        Assert.Equal(["created", "SANDBOX_NOTREADY", "started", "SANDBOX_READY", "linux", "ended 137", "SANDBOX_NOTREADY", "NOT_FOUND", "0 records"], run.Succeeds().Lines);
        Condition.Await("the end of the shim", () => Shims(daemon).Length == 0);
    }

    [DaemonFact]
    public void The_parts_are_named()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();

        string[] lines = daemon.Ctr("plugins", "ls").Succeeds().Lines;

        foreach ((string type, string id) in (ReadOnlySpan<(string, string)>)[("io.containerd.sandbox.store.v1", "local"), ("io.containerd.sandbox.controller.v1", "shim"), ("io.containerd.grpc.v1", "sandboxes"), ("io.containerd.grpc.v1", "sandbox-controllers")])
            Assert.Contains(lines, line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var one, var two, ..] && one == type && two == id);
    }

    /// <summary>A configuration that says where the sandbox's cgroup is, and nothing else.</summary>
    private static string Config() => $$$"""{"hostname":"pod","linux":{"cgroupsPath":"/{{{TestDirectory.Name}}}/sandbox{{{Interlocked.Increment(ref last)}}}"}}""";

    private static void Make(DaemonUnderTest daemon, string id) => new Store.StoreClient(daemon.Channel).Create(new()
    {
        Sandbox = new() { SandboxId = id, Runtime = new() { Name = TestContainers.Own }, Spec = new() { TypeUrl = SpecType, Value = ByteString.CopyFromUtf8(Config()) }, Sandboxer = "shim" },
    }, DaemonUnderTest.In(daemon.Space));

    /// <summary>Makes a container with ctr and moves its record into a sandbox, which ctr has no option for.</summary>
    private static void Join(DaemonUnderTest daemon, string sandbox, string id, uint pid)
    {
        daemon.CtrHere("containers", "create", "--runtime", TestContainers.Own, "--env", "PATH=/bin", "--with-ns", $"network:/proc/{pid}/ns/net", "--with-ns", $"uts:/proc/{pid}/ns/uts", "--with-ns", $"ipc:/proc/{pid}/ns/ipc",
            "--rootfs", BusyboxRootfs.Shared, id, "sleep", "1000").Succeeds();
        ContainersV1.Containers.ContainersClient containers = new(daemon.Channel);
        ContainersV1.Container container = containers.Get(new() { Id = id }, DaemonUnderTest.In(daemon.Space)).Container;
        containers.Delete(new() { Id = id }, DaemonUnderTest.In(daemon.Space));
        container.Sandbox = sandbox;
        JsonNode spec = JsonNode.Parse(container.Spec.Value.ToStringUtf8())!;
        spec["linux"]!["cgroupsPath"] = $"/{TestDirectory.Name}/inside{Interlocked.Increment(ref last)}";
        container.Spec.Value = ByteString.CopyFromUtf8(spec.ToJsonString());
        Assert.Equal(sandbox, containers.Create(new() { Container = container }, DaemonUnderTest.In(daemon.Space)).Container.Sandbox);
        Assert.Equal([id], containers.List(new() { Filters = { "sandbox_id==" + sandbox } }, DaemonUnderTest.In(daemon.Space)).Containers.Select(one => one.Id));
    }

    /// <summary>The shims of a daemon: its socket is on their command line.</summary>
    private static int[] Shims(DaemonUnderTest daemon) => [.. TestContainers.Processes("-address " + daemon.Address).Where(pid => pid != daemon.Pid && File.Exists($"/proc/{pid}/stat") && !IsDead(pid))];

    private static bool IsDead(int pid) => ProcessStatus.TryRead(pid, out ProcessStatus status) != Errno.None || status.IsDead;

    private static string Namespace(uint pid) => Files.TryReadLink($"/proc/{pid}/ns/net", out string target) == Errno.None ? target : "none";

    private static string Plain(Sandbox sandbox)
    {
        Sandbox copy = sandbox.Clone();
        (copy.CreatedAt, copy.UpdatedAt) = (null, null);
        return copy.ToString();
    }

    private static StatusCode Fails(Action call) => Assert.Throws<RpcException>(call).StatusCode;

    private static async Task<List<string>> EventsAsync(DaemonUnderTest daemon)
    {
        List<string> seen = [];
        using AsyncServerStreamingCall<Entry> log = new EventLog.EventLogClient(daemon.Channel).Read(new() { Ends = true, Filters = { "topic~=^/sandboxes/" } });
        while (await log.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            Entry entry = log.ResponseStream.Current;
            Assert.Equal(daemon.Space, entry.Namespace);
            seen.Add(entry.Topic switch
            {
                "/sandboxes/create" => $"{entry.Topic} {SandboxCreate.Parser.ParseFrom(entry.Event.Value).SandboxId}",
                "/sandboxes/start" => $"{entry.Topic} {SandboxStart.Parser.ParseFrom(entry.Event.Value).SandboxId}",
                _ => $"{entry.Topic} {SandboxExit.Parser.ParseFrom(entry.Event.Value).SandboxId} {SandboxExit.Parser.ParseFrom(entry.Event.Value).ExitStatus}",
            });
        }
        return seen;
    }
}
