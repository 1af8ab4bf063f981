using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Tests.Support;
using Keelson.Ttrpc;

namespace Keelson.Shim.Tests;

/// <summary>One shim for many containers: who shares, who may connect, when it ends, what it costs.</summary>
public class SharingTests
{
    private const int Containers = 20;

    [PublishedFact]
    public async Task Containers_of_a_namespace_share_a_shim()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask one = await shim.StartSleepingAsync(), two = await shim.StartSleepingAsync();
        int pid = Assert.Single(shim.Shims);
        await one.EndAsync();
        Assert.True(ShimUnderTest.IsAlive(pid));
        Assert.Equal(Api.TaskStatus.Running, await two.StatusAsync());
        await two.EndAsync();
        Condition.Await("the end of the shim", () => !ShimUnderTest.IsAlive(pid));
    }

    [PublishedFact]
    public async Task An_annotation_or_the_environment_asks_for_another_shim()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask shared = await shim.StartSleepingAsync();
        ShimTask alone = await SleepAsync(shim, BundleAnnotation, "");
        ShimTask pod1 = await SleepAsync(shim, "io.kubernetes.cri.sandbox-id", "pod"), pod2 = await SleepAsync(shim, "io.kubernetes.cri.sandbox-id", "pod");
        Assert.Equal(3, shim.Shims.Count);
        Assert.Equal(await pod1.Client.ConnectAsync(pod1.Id), await pod2.Client.ConnectAsync(pod2.Id));
        shim.Environment["KEELSON_SHIM_GROUP"] = "container";
        ShimTask own = await shim.StartSleepingAsync();
        Assert.Equal(4, shim.Shims.Count);
        foreach (ShimTask task in (ShimTask[])[shared, alone, pod1, pod2, own]) await task.EndAsync();
    }

    [PublishedFact]
    public async Task A_shim_that_hangs_keeps_its_socket_and_a_new_container_gets_another()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask hung = await shim.StartSleepingAsync();
        int pid = shim.Shims.Single();
        Processes.TryKill(pid, Signals.SIGSTOP).ThrowIfError("stop", "shim");
        ShimTask other;
        try
        {
            other = await shim.StartSleepingAsync();
            Assert.Equal(Api.TaskStatus.Running, await other.StatusAsync());
        }
        finally
        {
            Processes.TryKill(pid, Signals.SIGCONT).ThrowIfError("continue", "shim");
        }
        Assert.Equal(2, shim.Shims.Count);
        await other.EndAsync();
        // Who comes now finds the first one again.
        ShimTask third = await shim.StartSleepingAsync();
        Assert.Equal(await hung.Client.ConnectAsync(hung.Id), await third.Client.ConnectAsync(third.Id));
        foreach (ShimTask task in (ShimTask[])[hung, third]) await task.EndAsync();
    }

    [PublishedFact]
    public async Task A_shim_that_ends_never_takes_a_new_container_with_it()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask last = await shim.StartSleepingAsync();
        for (int i = 0; i < 15; i++)
        {
            Task<ShimTask> next = shim.StartSleepingAsync();
            await last.EndAsync();
            last = await next;
            Assert.Equal(Api.TaskStatus.Running, await last.StatusAsync());
        }
        await last.EndAsync();
    }

    [PublishedFact]
    public async Task Many_starts_at_once_find_the_same_shim()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask[] tasks = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(shim.StartSleepingAsync)));
        Assert.Single(shim.Shims);
        foreach (ShimTask task in tasks) await task.EndAsync();
    }

    [PublishedFact]
    public async Task The_socket_is_a_file_of_mode_0600_and_never_abstract()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        string socket = Assert.Single(Directory.EnumerateFiles(shim.Sockets));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));
        Assert.Equal("unix://" + socket, File.ReadAllText(task.Bundle.Directory + "/address"));
        Assert.Matches("^[0-9a-f]{64}$", Path.GetFileName(socket));
        Assert.DoesNotContain("@" + socket, File.ReadAllText("/proc/net/unix"), StringComparison.Ordinal);
        await task.EndAsync();
    }

    [PublishedFact]
    public async Task Another_user_is_not_served_even_where_the_file_lets_it_in()
    {
        // CVE-2020-15257: whoever reaches the socket of a shim is root on the machine.
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        string socket = Directory.EnumerateFiles(shim.Sockets).Single();
        File.SetUnixFileMode(socket, (UnixFileMode)0b110_110_110);
        ClientSession session = new();
        session.Start(new TtrpcRequest("containerd.task.v2.Task", "Connect", new ProcessRequest(task.Id).ToBytes()));
        Assert.NotEqual(0, OtherUser.Ask(0, socket, session.Unsent.ToArray()));
        Assert.Equal(0, OtherUser.Ask(1000, socket, session.Unsent.ToArray()));
        await task.EndAsync();
    }

    [PublishedFact]
    public async Task Callers_that_wait_and_go_away_are_forgotten()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        int pid = shim.Shims.Single();
        string address = File.ReadAllText(task.Bundle.Directory + "/address");
        int before = Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;
        for (int i = 0; i < 300; i++)
        {
            await using TtrpcClient client = await TtrpcClient.ConnectAsync(address);
            Task waiting = new TaskClient(client).WaitAsync(task.Id);
            await new TaskClient(client).ConnectAsync(task.Id);
            await client.DisposeAsync();
            await Assert.ThrowsAsync<TtrpcException>(() => waiting);
        }
        Condition.Await("the descriptors of the callers are closed", () => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length <= before);
        await task.EndAsync();
    }

    [PublishedFact]
    public async Task A_wait_with_a_deadline_ends_and_the_task_goes_on()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        await using TtrpcClient client = await TtrpcClient.ConnectAsync(File.ReadAllText(task.Bundle.Directory + "/address"));
        TtrpcException e = await Assert.ThrowsAsync<TtrpcException>(() => client.CallAsync(
            new TtrpcRequest("containerd.task.v2.Task", "Wait", new ProcessRequest(task.Id).ToBytes()) { Timeout = TimeSpan.FromMilliseconds(50) }));
        Assert.Equal(StatusCode.DeadlineExceeded, e.Code);
        Assert.Equal(Api.TaskStatus.Running, await task.StatusAsync());
        await task.EndAsync();
    }

    [PublishedFact]
    public async Task Twenty_running_containers_cost_little_memory()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        List<ShimTask> tasks = [];
        for (int i = 0; i < Containers; i++) tasks.Add(await shim.StartSleepingAsync());
        long kilobytes = ProportionalKilobytes(shim.Shims.Single());
        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"shim of {Containers} containers: {kilobytes} kB PSS"));
        Assert.InRange(kilobytes / Containers, 1, 1536);
        foreach (ShimTask task in tasks) await task.EndAsync();
    }

    private const string BundleAnnotation = "io.keelson.shim.group";

    private static async Task<ShimTask> SleepAsync(ShimUnderTest shim, string annotation, string value)
    {
        BundleBuilder bundle = shim.Runtime.Bundle("sleep", "1000").With(config => config["annotations"] = new System.Text.Json.Nodes.JsonObject { [annotation] = value });
        ShimTask task = await shim.CreateAsync(bundle);
        await task.Client.StartAsync(task.Id);
        return task;
    }

    private static long ProportionalKilobytes(int pid) =>
        long.Parse(File.ReadLines($"/proc/{pid}/smaps_rollup").Single(line => line.StartsWith("Pss:", StringComparison.Ordinal))[4..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
}
