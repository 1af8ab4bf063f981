using Keelson.Engine.Containers;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tests.Containers;

/// <summary>Logs of removed containers.</summary>
public sealed class KeptLogTests
{
    [RootTheory]
    [InlineData("keep log")]
    [InlineData("delete record")]
    [InlineData("delete files")]
    public async Task A_daemon_that_is_killed_while_it_removes_a_container_loses_no_log(string step)
    {
        string folder = TestDirectory.Make("killed");
        await using (ContainersUnderTest first = await ContainersUnderTest.StartAsync(folder)) await first.ImportAsync(ContainersUnderTest.Image, config => config);
        Assert.Equal(128 + Signals.SIGKILL, ChildProcess.Run([Environment.ProcessPath!, "containers", folder, step]).ExitCode);
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(folder);
        Condition.Await("rest", () => test.Service.List().All(info => info.State.Status == ContainerStatus.Exited));
        // It is in one place, and there it is whole.
        Assert.Equal(step == "delete files" ? 0 : 1, test.Service.List().Count);
        Assert.Equal(1 - test.Service.List().Count, test.Service.Removed.List().Count);
        foreach (ContainerInfo info in test.Service.List())
        {
            Assert.Equal("said\n", await test.LogAsync(info.Id));
            await test.Service.RemoveAsync(info.Id);
        }
        RemovedContainer removed = Assert.Single(test.Service.Removed.List());
        List<string> lines = [];
        await foreach (LogLine line in test.Service.Removed.LogsAsync(removed.Info.Id, new())) lines.Add(System.Text.Encoding.UTF8.GetString(line.Text.Span));
        Assert.Equal(["said\n"], lines);
        test.Service.Removed.Remove(removed.Info.Name);
        Assert.Empty(Directory.GetFileSystemEntries(folder + "/root/removed"));
    }

    [Fact]
    public void A_log_goes_when_its_time_is_over()
    {
        string root = TestDirectory.Make("removed");
        TestClock clock = new();
        List<string> failures = [];
        RemovedContainers Open() => new(root + "/removed", clock, new ContainerLogs(clock, new JournalSender(root + "/none", () => { })).Open, (what, _) => failures.Add(what));
        RemovedContainers service = Open();
        foreach ((string id, string keep) in (ReadOnlySpan<(string, string)>)[("a", "1h"), ("b", "true"), ("c", "false"), ("d", "of an image, and none")])
        {
            ContainerInfo info = Make(id, keep, root);
            using FileLog log = new(info.LogPath, LogPolicy.Parse(info.Host.LogConfig), clock);
            log.Append(StandardStream.Output, "text\n"u8);
            service.Keep(info, log);
        }
        Assert.Equal(["a", "b"], service.List().Select(removed => removed.Info.Name).Order());
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(2, service.List().Count);
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("b", Assert.Single(service.List()).Info.Name);
        // A damaged one is told of and hinders nothing.
        File.WriteAllText($"{root}/removed/{new string('b', 64)}/container.json", "{");
        service = Open();
        service.Open(new HashSet<string>());
        Assert.Empty(service.List());
        Assert.Single(failures);
    }

    private static ContainerInfo Make(string letter, string keep, string root)
    {
        string id = new(letter[0], 64), directory = $"{root}/containers/{id}";
        Directory.CreateDirectory(directory);
        return new(id, letter)
        {
            Settings = new() { Labels = new Dictionary<string, string> { [KeepLogs.Label] = keep } },
            Host = new(),
            State = new() { Status = ContainerStatus.Exited },
            ImageId = "",
            Snapshotter = "",
            Directory = directory,
            LogPath = $"{directory}/{id}-json.log",
        };
    }
}
