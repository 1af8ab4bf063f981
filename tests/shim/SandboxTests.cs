using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Tests.Support;

namespace Keelson.Shim.Tests;

/// <summary>Sandboxes: the shim's second service, over our runtime and runC.</summary>
public class SandboxTests
{
    [PublishedTheory, InlineData(""), InlineData("runc")]
    public async Task Containers_join_the_namespaces_of_a_sandbox_that_runs_nothing(string runtime)
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        shim.Options = new() { BinaryName = runtime };
        ShimSandboxUnderTest sandbox = await ShimSandboxUnderTest.CreateAsync(shim, bundle => bundle.Set("process", null).Set("root", null).Set("mounts", null).Set("hostname", "pod").Set("linux.namespaces", null));
        Assert.Equal(SandboxStatus.NotReady, (await sandbox.Client.StatusAsync(sandbox.Id, isVerbose: false)).State);
        (int pid, DateTimeOffset? createdAt) = await sandbox.Client.StartAsync(sandbox.Id);
        ShimTask inside = await sandbox.RunAsync(shim.Runtime.Bundle("sh", "-c", "hostname > /out/name; exec sleep 1000"), pid);
        Condition.Await("the name", () => File.Exists(shim.Directory + "/name") && new FileInfo(shim.Directory + "/name").Length > 0);

        SandboxStatus status = await sandbox.Client.StatusAsync(sandbox.Id, isVerbose: true);
        Assert.Equal("pod\n", await File.ReadAllTextAsync(shim.Directory + "/name"));
        Assert.Equal((SandboxStatus.Ready, pid, inside.Id), (status.State, status.Pid, status.Info["containers"]));
        Assert.Equal(createdAt, status.CreatedAt);
        foreach (string kind in (string[])["net", "ipc", "uts"]) Assert.Equal(Namespace(pid, kind), Namespace(inside.Pid, kind));
        Assert.NotEqual(Namespace(Environment.ProcessId, "net"), Namespace(pid, "net"));
        Assert.Equal(("linux", "amd64"), ((await sandbox.Client.PlatformAsync(sandbox.Id)).System, (await sandbox.Client.PlatformAsync(sandbox.Id)).Architecture));
        Assert.Contains("cgroups", (await sandbox.Client.MetricsAsync(sandbox.Id)).TypeName, StringComparison.Ordinal);
        await sandbox.Client.ShutdownAsync(sandbox.Id);
        Condition.Await("the end of the shim", () => shim.Shims.All(one => !ShimUnderTest.IsAlive(one)));
        Assert.False(ShimUnderTest.IsAlive(pid));
        // What is announced is the container's; a sandbox is no task.
        Assert.Equal(["create", "start", "exit", "delete"], shim.Events.Topics);
    }

    [PublishedFact]
    public async Task Stop_asks_first_and_kills_when_the_time_is_over()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimSandboxUnderTest sandbox = await ShimSandboxUnderTest.CreateAsync(shim, bundle => bundle.Set("process", null).Set("root", null).Set("mounts", null));
        (int pid, _) = await sandbox.Client.StartAsync(sandbox.Id);
        ShimTask polite = await sandbox.RunAsync(shim.Runtime.Bundle("sh", "-c", "trap 'exit 3' TERM; touch /out/polite; while :; do sleep 0.05; done"), pid);
        ShimTask stubborn = await sandbox.RunAsync(shim.Runtime.Bundle("sh", "-c", "trap '' TERM; touch /out/stubborn; while :; do sleep 0.05; done"), pid);
        Condition.Await("both traps", () => File.Exists(shim.Directory + "/polite") && File.Exists(shim.Directory + "/stubborn"));
        Task<ExitResponse> waiting = sandbox.Client.WaitAsync(sandbox.Id);

        await sandbox.Client.StopAsync(sandbox.Id, timeoutSeconds: 2);

        ExitResponse politeEnd = await polite.Client.WaitAsync(polite.Id), stubbornEnd = await stubborn.Client.WaitAsync(stubborn.Id), end = await waiting;
        Assert.Equal((3, 137, 137), (politeEnd.ExitStatus, stubbornEnd.ExitStatus, end.ExitStatus));
        Assert.InRange((stubbornEnd.ExitedAt - politeEnd.ExitedAt)!.Value, TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(1));
        Assert.True(end.ExitedAt >= stubbornEnd.ExitedAt);
        SandboxStatus status = await sandbox.Client.StatusAsync(sandbox.Id, isVerbose: false);
        Assert.Equal((SandboxStatus.NotReady, 0, end.ExitedAt), (status.State, status.Pid, status.ExitedAt));
        await sandbox.Client.ShutdownAsync(sandbox.Id);
        Condition.Await("the end of the shim", () => shim.Shims.All(one => !ShimUnderTest.IsAlive(one)));
    }

    [PublishedFact]
    public async Task A_program_of_the_sandbox_runs_between_start_and_its_end()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimSandboxUnderTest sandbox = await ShimSandboxUnderTest.CreateAsync(shim, bundle => bundle.Args("sh", "-c", "exit 7"));
        Assert.False((await sandbox.Client.StatusAsync(sandbox.Id, isVerbose: false)).ExitedAt.HasValue);
        await sandbox.Client.PingAsync(sandbox.Id);

        await sandbox.Client.StartAsync(sandbox.Id);

        Assert.Equal(7, (await sandbox.Client.WaitAsync(sandbox.Id)).ExitStatus);
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAnyAsync<KeelsonException>(() => sandbox.Client.StartAsync(sandbox.Id))).Kind);
        await sandbox.Client.ShutdownAsync(sandbox.Id);
        Condition.Await("the end of the shim", () => shim.Shims.All(one => !ShimUnderTest.IsAlive(one)));
        Assert.Empty(shim.Events.Topics);
    }

    [PublishedFact]
    public async Task What_is_wrong_is_said()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimSandboxUnderTest sandbox = await ShimSandboxUnderTest.CreateAsync(shim, bundle => bundle.Set("process", null).Set("root", null).Set("mounts", null));
        SandboxCreateRequest twice = new(sandbox.Id, sandbox.Bundle.Directory), rooted = new("other", sandbox.Bundle.Directory) { Rootfs = [new("bind", "/", "", ["ro"])] };

        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAnyAsync<KeelsonException>(() => sandbox.Client.CreateAsync(twice))).Kind);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAnyAsync<KeelsonException>(() => sandbox.Client.PingAsync("other"))).Kind);
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAnyAsync<KeelsonException>(() => sandbox.Client.CreateAsync(new("../x", "/")))).Kind);
        // The configuration was completed with a program by now; one without has no use for a root file system.
        await File.WriteAllTextAsync(sandbox.Bundle.Directory + "/config.json", "{}");
        Assert.Contains("no program", (await Assert.ThrowsAnyAsync<KeelsonException>(() => sandbox.Client.CreateAsync(rooted))).FullMessage, StringComparison.Ordinal);
        await File.WriteAllTextAsync(sandbox.Bundle.Directory + "/config.json", "[");
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAnyAsync<KeelsonException>(() => sandbox.Client.CreateAsync(rooted))).Kind);
        await sandbox.Client.ShutdownAsync(sandbox.Id);
    }

    [PublishedFact]
    public async Task A_killed_shim_leaves_what_delete_removes()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimSandboxUnderTest sandbox = await ShimSandboxUnderTest.CreateAsync(shim, bundle => bundle.Set("process", null).Set("root", null).Set("mounts", null));
        (int pid, _) = await sandbox.Client.StartAsync(sandbox.Id);
        int server = Assert.Single(shim.Shims);
        _ = Processes.TryKill(server, Signals.SIGKILL);
        Condition.Await("the end of the shim", () => !ShimUnderTest.IsAlive(server));
        Assert.True(ShimUnderTest.IsAlive(pid));

        string answer = shim.Directory + "/answer";
        shim.RunTo(answer, sandbox.Bundle, sandbox.Id, "-bundle", sandbox.Bundle.Directory, "delete").Succeeds();

        Assert.Equal((pid, 137), (ExitResponse.ParseDelete(await File.ReadAllBytesAsync(answer)).Pid, ExitResponse.ParseDelete(await File.ReadAllBytesAsync(answer)).ExitStatus));
        Condition.Await("the end of the holder", () => !ShimUnderTest.IsAlive(pid));
    }

    private static string Namespace(int pid, string kind) => Files.TryReadLink($"/proc/{pid}/ns/{kind}", out string target) == Linux.Errno.None ? target : "none";
}
