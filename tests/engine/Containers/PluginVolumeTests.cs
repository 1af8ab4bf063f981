using Keelson.Engine.Containers;
using Keelson.Linux.Sys;
using Status = Keelson.Engine.Containers.ContainerStatus;

namespace Keelson.Engine.Tests.Containers;

/// <summary>Volumes that a plug-in keeps, a program in Python.</summary>
public sealed class PluginVolumeTests
{
    private static readonly Dictionary<string, string> Options = new() { ["a"] = "b" };

    [RootFact]
    public async Task A_volume_is_made_mounted_for_each_use_and_removed()
    {
        using VolumePluginProcess plugin = new();
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(plugins: plugin.Sockets);
        VolumeInfo made = await test.Service.Volumes.CreateAsync("one", new Dictionary<string, string> { ["l"] = "m" }, Options, "pv");
        Assert.Equal(("one", "pv", "global", "m", "b"), (made.Name, made.Driver, made.Scope, made.Labels["l"], made.Options["a"]));
        // What the image has is copied, once.
        Assert.Equal("tty\n", (await test.FinishAsync("grep -o ^tty /x/group; echo kept > /x/mine", host: new() { Binds = ["one:/etc"], Mounts = [new() { Type = "volume", Source = "one", Target = "/x" }] })).Output);
        Assert.Equal("kept\n", File.ReadAllText(plugin.Volumes + "/one/mine"));
        await test.Service.Volumes.RemoveAsync("one");
        Assert.Equal(["Create one {\"a\": \"b\"}", "Mount one 1", "Unmount one 1", "Mount one 2", "Mount one 3", "Unmount one 2", "Unmount one 3", "Remove one"], plugin.Changes);
        Assert.Empty(plugin.Names);
        Assert.Empty(Directory.GetFiles(test.Folder + "/root/plugin-volumes"));
        Assert.Empty(test.Failures);
    }

    [RootFact]
    public async Task Events_and_descriptions_name_the_driver()
    {
        using VolumePluginProcess plugin = new();
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(plugins: plugin.Sockets);
        string id = await test.RunAsync(["sleep", "1000"], host: new() { Mounts = [new() { Type = "volume", Source = "one", Target = "/data", VolumeOptions = new() { DriverConfig = new() { Name = "pv", Options = Options } } }] });
        MountPoint mount = Assert.Single(test.Service.Get(id).Mounts);
        Assert.Equal(("one", "pv", ""), (mount.Name, mount.Driver, mount.Mode));
        VolumeInfo shown = await test.Service.Volumes.InspectAsync("one");
        Assert.Equal((plugin.Volumes + "/one", 2024, "folder"), (shown.Path, shown.CreatedAt.Year, shown.Status!["kind"].GetString()));
        Assert.Contains(id, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.RemoveAsync("one"))).Message, StringComparison.Ordinal);
        await test.Service.RemoveAsync(id, force: true);
        await test.Service.Volumes.RemoveAsync("one");
        List<string> events = [];
        await foreach (ContainerEvent happened in test.Service.EventsAsync(after: 0, follow: false))
            if (happened.Type == "volume") events.Add($"{happened.Action} {happened.ActorId} {happened.Attributes["driver"]} {happened.Attributes.GetValueOrDefault("container")}");
        Assert.Equal(["create one pv ", $"mount one pv {id}", $"unmount one pv {id}", "destroy one pv "], events);
        Assert.Equal(["local", "pv"], test.Service.Volumes.Drivers);
    }

    [RootFact]
    public async Task Unnamed_volumes_are_the_drivers_and_go_with_their_container()
    {
        using VolumePluginProcess plugin = new();
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(plugins: plugin.Sockets);
        string id = await test.CreateAsync(["true"], settings => settings with { Volumes = new Dictionary<string, Oci.EmptyObject> { ["/data"] = new() } }, new() { VolumeDriver = "pv" });
        Assert.Equal([test.Service.Get(id).Mounts[0].Name], plugin.Names);
        await test.Service.RemoveAsync(id, volumes: true);
        Assert.Empty(plugin.Names);
        Assert.Empty((await test.Service.Volumes.ListAsync()).Volumes);
    }

    [RootFact]
    public async Task A_use_outlives_the_engine_and_ends_once()
    {
        using VolumePluginProcess plugin = new();
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(plugins: plugin.Sockets);
        string id = await test.RunAsync(["sleep", "1000"], host: new() { Binds = ["one:/data", "other:/other"], VolumeDriver = "pv" });
        await test.ReopenAsync();
        await test.Service.Volumes.CreateAsync("later", driver: "pv");
        Assert.Equal((1, 1), (plugin.Uses("one"), plugin.Uses("other")));
        // Others come and go beside it.
        Assert.Equal(0, (await test.FinishAsync("true", host: new() { Binds = ["one:/again"] })).Code);
        Assert.Equal(1, plugin.Uses("one"));
        await test.Service.StopAsync(id, TimeSpan.Zero);
        Assert.Equal((0, 0), (plugin.Uses("one"), plugin.Uses("other")));
        Assert.Empty(test.Failures);
    }

    [RootTheory]
    [InlineData("volume create")]
    [InlineData("volume created")]
    [InlineData("volume mount")]
    [InlineData("volume mounted")]
    [InlineData("start task")]
    [InlineData("change Running")]
    [InlineData("exit")]
    [InlineData("volume unmount")]
    [InlineData("volume unmounted")]
    [InlineData("volume remove")]
    [InlineData("volume removed")]
    public async Task An_engine_that_is_killed_leaves_no_use_and_no_volume_that_nobody_knows(string step)
    {
        using VolumePluginProcess plugin = new();
        string folder = TestDirectory.Make("killed");
        await using (ContainersUnderTest first = await ContainersUnderTest.StartAsync(folder)) await first.ImportAsync(ContainersUnderTest.Image, config => config);
        Assert.Equal(128 + Signals.SIGKILL, ChildProcess.Run([Environment.ProcessPath!, "volumes", folder, step, plugin.Sockets]).ExitCode);
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(folder, plugins: plugin.Sockets);
        Condition.Await($"the engine and the plug-in agree; {string.Join('\n', test.Failures)}", () => plugin.Uses("one") == 0 && plugin.Names.SequenceEqual(test.Service.Volumes.List().Select(volume => volume.Name))
            && test.Service.List().All(info => info.State.Status is Status.Created or Status.Exited) && !Records(folder).Contains("Uses\":[{", StringComparison.Ordinal) && !Records(folder).Contains("IsPending", StringComparison.Ordinal));
        await test.Service.Volumes.CreateAsync("one", driver: "pv");
        Assert.Equal(0, (await test.FinishAsync("echo x > /data/x", host: new() { Binds = ["one:/data"] })).Code);
        Assert.Equal(0, plugin.Uses("one"));
        foreach (ContainerInfo info in test.Service.List()) await test.Service.RemoveAsync(info.Id);
        await test.Service.Volumes.RemoveAsync("one");
        Assert.Empty(plugin.Names);
        Assert.Empty(Directory.GetFiles(folder + "/root/plugin-volumes"));
    }

    [RootTheory]
    [InlineData("""{"answer": {"Err": "no place"}}""", "no place")]
    [InlineData("""{"answer": {"Mountpoint": ""}}""", "it does not say where")]
    [InlineData("""{"answer": {"Mountpoint": "rel/path"}}""", "'rel/path' is not absolute")]
    [InlineData("""{"answer": {"Mountpoint": "/no/such"}}""", "'/no/such' is no directory of this host")]
    [InlineData("""{"answer": {"Mountpoint": "/dev/null"}}""", "'/dev/null' is no directory of this host")]
    [InlineData("""{"answer": {"Mountpoint": "/tmp/.."}}""", "is no place for a volume")]
    [InlineData("""{"text": "<html>", "status": 200}""", "its answer is no JSON of this kind")]
    [InlineData("""{"text": "{\"Mountpoint\": \"\udcff\"}", "status": 200}""", "its answer is no UTF-8")]
    [InlineData("""{"status": 500}""", "status 500")]
    [InlineData("""{"status": 404}""", "it does not know this method")]
    public async Task A_plug_in_that_refuses_or_talks_nonsense_starts_no_container_and_leaves_nothing(string rule, string words)
    {
        using VolumePluginProcess plugin = new();
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(plugins: plugin.Sockets);
        string id = await test.CreateAsync(["true"], host: new() { Binds = ["fine:/fine", "one:/later"], VolumeDriver = "pv" });
        plugin.Rule($$"""{"VolumeDriver.Mount": {{rule}}}""");
        KeelsonException error = await Assert.ThrowsAsync<KeelsonException>(() => test.Service.StartAsync(id));
        Assert.Contains("plug-in pv: VolumeDriver.Mount: ", error.FullMessage, StringComparison.Ordinal);
        Assert.Contains(words, error.FullMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("Uses\":[{", Records(test.Folder), StringComparison.Ordinal);
        plugin.Rule("{}");
        Assert.True(await test.Service.StartAsync(id));
        Assert.Equal(0, (await test.Service.WaitAsync(id)).ExitCode);
        Assert.Equal((0, 0), (plugin.Uses("one"), plugin.Uses("fine")));
    }

    [RootTheory]
    [InlineData("""{"answer": {"Err": "no room"}}""", "create one: plug-in pv: VolumeDriver.Create: no room")]
    [InlineData("""{"text": "[", "status": 200}""", "create one: plug-in pv: VolumeDriver.Create: its answer is no JSON of this kind: ")]
    public async Task A_volume_that_cannot_be_made_is_not_there(string rule, string words)
    {
        using VolumePluginProcess plugin = new();
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(plugins: plugin.Sockets);
        plugin.Rule($$"""{"VolumeDriver.Create": {{rule}}}""");
        Assert.StartsWith(words, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.CreateAsync("one", driver: "pv"))).FullMessage, StringComparison.Ordinal);
        Assert.StartsWith(words, (await Assert.ThrowsAsync<KeelsonException>(() => test.CreateAsync(["true"], host: new() { Binds = ["local:/a", "one:/data"], VolumeDriver = "pv", Mounts = [new() { Type = "volume", Source = "first", Target = "/0" }] }))).FullMessage.Replace("local", "one", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Empty(test.Service.Volumes.List());
        Assert.Empty(test.Service.List());
        KeelsonException gone = await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.CreateAsync("one", driver: "nosuch"));
        Assert.Equal((ErrorKind.NotFound, "create one: error looking up volume plugin nosuch: plugin \"nosuch\" not found"), (gone.Kind, gone.FullMessage));
    }

    [RootFact]
    public async Task A_plug_in_that_hangs_delays_who_waits_for_it_alone()
    {
        using VolumePluginProcess plugin = new();
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(plugins: plugin.Sockets);
        string id = await test.CreateAsync(["true"], host: new() { Binds = ["one:/data"], VolumeDriver = "pv" });
        plugin.Rule("""{"VolumeDriver.Mount": {"hang": true}, "VolumeDriver.List": {"hang": true}, "VolumeDriver.Get": {"hang": true}}""");
        Task<bool> start = test.Service.StartAsync(id);
        Condition.Await("the plug-in is asked", () => plugin.Changes.Contains("Mount one 1"));
        long begin = TimeProvider.System.GetTimestamp();
        Assert.Single(test.Service.List());
        Assert.Equal("one", Assert.Single(test.Service.Volumes.List()).Name);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds, 0, 500);
        VolumeListing listing = await test.Service.Volumes.ListAsync();
        Assert.Equal(("one", "list volumes of pv: plug-in pv: no answer within 1 s"), (Assert.Single(listing.Volumes).Name, Assert.Single(listing.Warnings)));
        await test.Service.Volumes.CreateAsync("mine", driver: "local");
        Assert.Equal(0, (await test.FinishAsync("true", host: new() { Binds = ["mine:/data"] })).Code);
        Assert.False(start.IsCompleted);
        Assert.EndsWith("plug-in pv: VolumeDriver.Mount: no answer within 5 s", (await Assert.ThrowsAsync<KeelsonException>(() => start)).FullMessage.Split(": The ")[0], StringComparison.Ordinal);
        // It comes to it late, and mounts what nobody waits for any more: it is told so before anything else.
        plugin.Rule("{}");
        Condition.Await("the late mount", () => plugin.Uses("one") == 1);
        await test.Service.StartAsync(id);
        await test.Service.WaitAsync(id);
        Condition.Await("no use", () => plugin.Uses("one") == 0);
        Assert.Equal(["Mount one 1", "Unmount one 1", "Mount one 2", "Unmount one 2"], plugin.Changes[1..]);
    }

    [RootFact]
    public async Task Neither_the_end_of_a_container_nor_that_of_the_engine_waits_for_a_plug_in()
    {
        using VolumePluginProcess plugin = new();
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(plugins: plugin.Sockets);
        string id = await test.RunAsync(["sleep", "1000"], host: new() { Binds = ["one:/data"], VolumeDriver = "pv" });
        plugin.Rule("""{"VolumeDriver.Unmount": {"hang": true}}""");
        await test.Service.StopAsync(id, TimeSpan.Zero);
        // Nor does the container.
        Assert.Equal((Status.Exited, 1), (test.Service.Get(id).State.Status, plugin.Uses("one")));
        Assert.True(plugin.WasAsked("Unmount"));
        await test.Engine.DisposeAsync();
        // The plug-in was given up, not waited for.
        Assert.DoesNotContain("no answer within", string.Join('\n', test.Failures), StringComparison.Ordinal);
        Assert.Contains("Uses\":[{", Records(test.Folder), StringComparison.Ordinal);
        plugin.Rule("{}");
        await test.OpenAsync();
        Condition.Await("the use ends", () => plugin.Uses("one") == 0);
    }

    [RootFact]
    public async Task A_plug_in_that_is_gone_ends_no_container_and_hears_of_the_end_when_it_is_back()
    {
        using VolumePluginProcess plugin = new();
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(plugins: plugin.Sockets);
        string id = await test.RunAsync(["sleep", "1000"], host: new() { Binds = ["one:/data", "two:/two"], VolumeDriver = "pv" });
        plugin.Kill();
        await test.Service.StopAsync(id, TimeSpan.Zero);
        Assert.Equal(Status.Exited, test.Service.Get(id).State.Status);
        Assert.Equal(["one", "two"], (await test.Service.Volumes.ListAsync()).Volumes.Select(volume => volume.Name));
        await test.Service.RemoveAsync(id);
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.RemoveAsync("two"))).Kind);
        // One may be tired of waiting.
        await test.Service.Volumes.RemoveAsync("two", force: true);
        Assert.Equal(["one"], test.Service.Volumes.List().Select(volume => volume.Name));
        Assert.Contains("remove volume two: it is forgotten", string.Join('\n', test.Failures), StringComparison.Ordinal);
        plugin.Start();
        Assert.Equal(1, plugin.Uses("one"));
        await test.Service.Volumes.RemoveAsync("one");
        Assert.Equal(["two"], plugin.Names);
    }

    [RootFact]
    public async Task Volumes_of_others_are_seen_used_and_removed()
    {
        using VolumePluginProcess plugin = new();
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(plugins: plugin.Sockets);
        Directory.CreateDirectory(plugin.Volumes + "/legacy");
        await test.Service.Volumes.CreateAsync("mine");
        Assert.Equal(["legacy pv", "mine local"], (await test.Service.Volumes.ListAsync()).Volumes.Select(volume => $"{volume.Name} {volume.Driver}"));
        Assert.Equal("pv", (await test.Service.Volumes.InspectAsync("legacy")).Driver);
        Assert.Equal(0, (await test.FinishAsync("echo 1 > /data/f", host: new() { Binds = ["legacy:/data"] })).Code);
        Assert.True(File.Exists(plugin.Volumes + "/legacy/f"));
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.CreateAsync("mine", driver: "pv"))).Kind);
        KeelsonException other = await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.CreateAsync("legacy", driver: "local"));
        Assert.Equal("create legacy: driver 'pv' already has volume 'legacy': volume name must be unique", other.FullMessage);
        // None of them is pruned, and one that the plug-in lost is not shown.
        Assert.Equal(["mine"], (await test.Service.Volumes.PruneAsync()).Ids);
        Directory.Delete(plugin.Volumes + "/legacy", recursive: true);
        Assert.Empty((await test.Service.Volumes.ListAsync()).Volumes);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.Volumes.RemoveAsync("legacy"))).Kind);
        Assert.Empty(test.Service.Volumes.List());
        Assert.DoesNotContain("Create legacy", string.Join('\n', plugin.Changes), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_volume_is_in_use_while_files_are_copied_and_while_a_running_container_has_it()
    {
        using VolumePluginProcess plugin = new();
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(plugins: plugin.Sockets);
        await test.Service.Volumes.CreateAsync("one", driver: "pv");
        File.WriteAllText(plugin.Volumes + "/one/file", "of the plug-in");
        string id = await test.CreateAsync(["sleep", "1000"], host: new() { Binds = ["one:/data"] });
        ContainerArchive archive = await test.Service.GetArchiveAsync(id, "/data/file");
        Assert.Equal(1, plugin.Uses("one"));
        using (StreamReader reader = new(archive.Content)) Assert.Contains("of the plug-in", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        Condition.Await("no use", () => plugin.Uses("one") == 0);
        string other = await test.RunAsync(["sleep", "1000"]);
        await test.Service.UpdateAsync(other, new() { AddMounts = [new() { Type = "volume", Source = "one", Target = "/live" }] });
        Assert.Equal((0, "of the plug-in"), await test.ExecAsync(other, new() { Cmd = ["cat", "/live/file"] }));
        Assert.Equal(1, plugin.Uses("one"));
        await test.Service.UpdateAsync(other, new() { RemoveMounts = ["/live"] });
        Assert.Equal(0, plugin.Uses("one"));
        // What cannot be mounted takes nothing else along.
        plugin.Rule("""{"VolumeDriver.Mount": {"answer": {"Err": "no place"}}}""");
        await Assert.ThrowsAsync<KeelsonException>(() => test.Service.UpdateAsync(other, new() { AddMounts = [new() { Type = "volume", Source = "one", Target = "/live" }] }));
        Assert.Empty(test.Service.Get(other).Mounts);
        Assert.Equal(0, plugin.Uses("one"));
    }

    private static string Records(string folder) => string.Concat(Directory.GetFiles(folder + "/root/plugin-volumes", "*.json").Select(File.ReadAllText));
}
