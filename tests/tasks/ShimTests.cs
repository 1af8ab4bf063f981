using System.Text;
using Keelson.Engine.Tasks.Shims;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Tasks.Tests.Support;
using Keelson.Ttrpc;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Tasks.Tests;

/// <summary>Which shim serves a container, how it is started, shared and ended.</summary>
public class ShimTests
{
    private const string Space = EngineUnderTest.Space;

    [Fact]
    public void A_runtimes_name_leads_to_its_program()
    {
        string first = TestDirectory.Make("first"), second = TestDirectory.Make("second");
        foreach (string path in (string[])[first + "/containerd-shim-keelson-v2", second + "/containerd-shim-keelson-v2", second + "/containerd-shim-other-v1", second + "/own"])
        {
            File.WriteAllText(path, "");
            File.SetUnixFileMode(path, UnixFileMode.UserExecute | UnixFileMode.UserRead);
        }
        File.WriteAllText(first + "/containerd-shim-plain-v1", "no program");

        Assert.Equal(new(first + "/containerd-shim-keelson-v2", true), ShimProgram.Find("", [first, second]));
        Assert.Equal(new(first + "/containerd-shim-keelson-v2", true), ShimProgram.Find("io.containerd.keelson.v2", [first, second]));
        Assert.Equal(new(second + "/containerd-shim-other-v1", false), ShimProgram.Find("io.containerd.other.v1", [first, second]));
        Assert.Equal(new(second + "/own", false), ShimProgram.Find(second + "/own", [first]));
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<KeelsonException>(() => ShimProgram.Find("io.containerd.plain.v1", [first])).Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<KeelsonException>(() => ShimProgram.Find("../own", [second])).Kind);
        foreach (string name in (string[])["runc", "a..b", "io.containerd.-x.v1"])
            Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => ShimProgram.Find(name, [first])).Kind);
    }

    [Fact]
    public void Answers_of_both_generations_are_understood_and_abstract_names_refused()
    {
        Assert.Equal("unix:///run/s/1", ShimAnswer.Address("unix:///run/s/1\n"u8));
        Assert.Equal("unix:///run/s/1", ShimAnswer.Address("""{"version":2,"address":"unix:///run/s/1","protocol":"ttrpc"}"""u8));
        Assert.Equal(ErrorKind.Unsupported, Assert.Throws<KeelsonException>(() => ShimAnswer.Address("""{"version":3,"address":"unix:///s","protocol":"ttrpc"}"""u8)).Kind);
        Assert.Equal(ErrorKind.Unsupported, Assert.Throws<KeelsonException>(() => ShimAnswer.Address("""{"version":2,"address":"unix:///s","protocol":"grpc"}"""u8)).Kind);
        foreach (string answer in (string[])["", "unix://@/abstract", "/run/s", "unix:///a b", "{", "tcp://1.2.3.4:5"])
            Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => ShimAnswer.Address(Encoding.UTF8.GetBytes(answer))).Kind);
    }

    [PublishedFact]
    public async Task Containers_share_a_shim_that_lingers_and_is_used_again()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync(options => options with { Linger = TimeSpan.FromSeconds(1) });
        EngineTask one = await engine.StartSleepingAsync(), two = await engine.StartSleepingAsync();
        int shim = engine.ShimOf(one);
        Assert.Equal(shim, engine.ShimOf(two));
        await one.EndAsync();
        await two.EndAsync();
        EngineTask three = await engine.StartSleepingAsync();
        Assert.Equal(shim, engine.ShimOf(three));
        await three.EndAsync();

        Condition.Await("the end of the shim", () => !EngineUnderTest.IsAlive(shim));

        EngineTask four = await engine.StartSleepingAsync();
        Assert.NotEqual(shim, engine.ShimOf(four));
        Assert.Empty(engine.Failures);
    }

    [PublishedFact]
    public async Task A_shim_without_containers_ends_when_its_engine_is_gone()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync(options => options with { Linger = TimeSpan.FromHours(1) });
        EngineTask task = await engine.StartSleepingAsync();
        int shim = engine.ShimOf(task);
        await task.EndAsync();
        Assert.True(EngineUnderTest.IsAlive(shim));

        await engine.Engine.DisposeAsync();

        Condition.Await("the end of the shim", () => !EngineUnderTest.IsAlive(shim));
        await engine.OpenAsync();
    }

    [PublishedFact]
    public async Task Many_creations_at_once_start_one_shim()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask[] tasks = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => engine.StartSleepingAsync()));
        Assert.Single(tasks.Select(engine.ShimOf).Distinct());
        Assert.All(tasks, task => Assert.Equal(TaskStatus.Running, task.Listed));
    }

    [PublishedFact]
    public async Task A_shared_shim_is_found_under_the_name_of_each_container()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await engine.StartSleepingAsync();
        string link = Keelson.Shim.Launch.SharedShim.OwnAddressOf(engine.State + "/containerd.sock", Space, task.Id);
        await using (TtrpcClient client = await TtrpcClient.ConnectAsync(link)) Assert.Equal(task.Pid, (await new TaskClient(client).StateAsync(task.Id)).Pid);
        await task.EndAsync();
        Assert.False(Path.Exists(link["unix://".Length..]));
    }

    [PublishedFact]
    public async Task The_environment_of_a_container_reaches_no_other_one()
    {
        // CVE-2021-21334
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask secret = await engine.StartTaskAsync(engine.Runtime.Bundle("sleep", "1000").Environment("SECRET=1")), other = await engine.StartSleepingAsync();
        await secret.ExecAsync("e", "sleep", "1000");
        Assert.Contains("SECRET=1", File.ReadAllText($"/proc/{secret.Pid}/environ"), StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", File.ReadAllText($"/proc/{other.Pid}/environ"), StringComparison.Ordinal);
        Assert.DoesNotContain("TTRPC_ADDRESS", File.ReadAllText($"/proc/{other.Pid}/environ"), StringComparison.Ordinal);
    }

    [PublishedFact]
    public async Task What_a_shim_logs_is_heard()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await engine.StartSleepingAsync();
        string log = engine.Bundles + "/" + task.Id + "/log";
        Files.WriteFile(log, "level=warning msg=\"one\"\nlevel=info "u8, OpenFlags.O_WRONLY);
        Files.WriteFile(log, "msg=two\n"u8, OpenFlags.O_WRONLY);
        Condition.Await("both lines", () =>
        {
            lock (engine.ShimLines) return engine.ShimLines.Count >= 2;
        });
        Assert.Equal(["level=warning msg=\"one\"", "level=info msg=two"], engine.ShimLines);
    }
}
