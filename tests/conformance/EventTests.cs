using System.Text.Json.Nodes;

namespace Keelson.Conformance;

/// <summary><c>events</c> and <c>features</c>. Rows R4 and R5.</summary>
public sealed class EventTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [CgroupV1Fact]
    public void Stats_have_the_shape_that_containerd_reads()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("linux.resources.memory", """{"limit": 67108864}""").SetJson("linux.resources.pids", """{"limit": 30}"""));

        JsonObject report = (JsonObject)JsonNode.Parse(runtime.Run("events", "--stats", container.Id).Succeeds().Stdout)!;

        Assert.Equal("stats", (string)report["type"]!);
        Assert.Equal(container.Id, (string)report["id"]!);
        JsonNode data = report["data"]!;
        Assert.Equal(67108864, (long)data["memory"]!["usage"]!["limit"]!);
        Assert.True((long)data["memory"]!["usage"]!["usage"]! > 0);
        Assert.True((long)data["memory"]!["usage"]!["max"]! > 0);
        Assert.True(data["memory"]!["raw"]!.AsObject().Count > 10);
        Assert.Equal(1, (int)data["pids"]!["current"]!);
        Assert.Equal(30, (int)data["pids"]!["limit"]!);
        Assert.True((long)data["cpu"]!["usage"]!["total"]! > 0);
        Assert.NotNull(data["cpu"]!["usage"]!["kernel"]);
        Assert.NotNull(data["cpu"]!["usage"]!["user"]);
        Assert.NotEmpty((JsonArray)data["cpu"]!["usage"]!["percpu"]!);
        Assert.NotNull(data["cpu"]!["throttling"]);
        Assert.NotNull(data["blkio"]);
    }

    [RootFact]
    public void Events_are_repeated_at_the_interval_until_the_container_is_gone()
    {
        TestContainer container = runtime.StartSleeping();
        ChildProcess events = runtime.StartCommand(new CommandOptions(), "events", "--interval", "50ms", container.Id);
        Condition.Await("three reports", () => events.Stdout.Split('\n').Length > 3);
        container.KillAndDelete();
        string[] lines = events.WaitForEnd().Succeeds().Lines;
        Assert.All(lines, l => Assert.Equal(container.Id, (string)JsonNode.Parse(l)!["id"]!));
    }

    [CgroupFact]
    public void An_event_tells_of_a_process_that_was_killed_for_memory()
    {
        TestContainer container = runtime.Start(runtime.Bundle().Shell("read x < /mnt/go; probe eat 200; sleep 1000").Mount("/mnt", "bind", runtime.WorkDirectory, "bind")
            .SetJson("linux.resources.memory", """{"limit": 33554432, "swap": 33554432}"""));
        Linux.Sys.Files.TryMakeNode(runtime.WorkDirectory + "/go", Linux.Sys.FileStatus.S_IFIFO | 0b110_000_000);
        ChildProcess events = runtime.StartCommand(new CommandOptions(), "events", "--interval", "100ms", container.Id);
        Condition.Await("the first report", () => events.Stdout.Contains("stats", StringComparison.Ordinal));
        container.Exec("probe", "eat", "200").Exits(137);
        Condition.Await("the event", () => events.Stdout.Contains("\"type\":\"oom\"", StringComparison.Ordinal));
    }

    [RootFact]
    public void Events_of_an_unknown_id_say_that_it_does_not_exist() => runtime.Run("events", "--stats", runtime.NewId()).Fails("does not exist");

    [RootFact]
    public void Events_of_a_stopped_container_are_an_error()
    {
        TestContainer container = runtime.Start(runtime.Bundle("true"));
        container.WaitForEnd();
        runtime.Run("events", "--stats", container.Id).Fails();
    }

    [RootFact]
    public void Events_refuse_an_interval_that_cannot_be() => runtime.Run("events", "--interval", "0", runtime.StartSleeping().Id).Fails("interval");

    [RootFact]
    public void Features_name_versions_hooks_mount_options_and_namespaces()
    {
        JsonNode features = JsonNode.Parse(runtime.Run("features").Succeeds().Stdout)!;
        Assert.StartsWith("1.", (string)features["ociVersionMin"]!);
        Assert.StartsWith("1.", (string)features["ociVersionMax"]!);
        Assert.Equal(["createContainer", "createRuntime", "poststart", "poststop", "prestart", "startContainer"], Strings(features["hooks"]));
        Assert.All((string[])["ro", "rbind", "rro", "rshared", "tmpcopyup", "nosymfollow"], o => Assert.Contains(o, Strings(features["mountOptions"])));
        Assert.All((string[])["cgroup", "ipc", "mount", "network", "pid", "user", "uts"], n => Assert.Contains(n, Strings(features["linux"]!["namespaces"])));
        Assert.Contains("CAP_CHOWN", Strings(features["linux"]!["capabilities"]));
        Assert.True((bool)features["linux"]!["cgroup"]!["v1"]!);
        Assert.True((bool)features["linux"]!["cgroup"]!["v2"]!);
        Assert.NotNull(features["linux"]!["cgroup"]!["systemd"]);
        JsonNode seccomp = features["linux"]!["seccomp"]!;
        Assert.True((bool)seccomp["enabled"]!);
        Assert.All((string[])["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_NOTIFY"], a => Assert.Contains(a, Strings(seccomp["actions"])));
        Assert.All((string[])["SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ"], o => Assert.Contains(o, Strings(seccomp["operators"])));
        Assert.Contains("SCMP_ARCH_X86_64", Strings(seccomp["archs"]));
        Assert.NotNull(features["linux"]!["apparmor"]!["enabled"]);
        Assert.NotNull(features["linux"]!["selinux"]!["enabled"]);
    }

    [RootFact]
    [Reference("runc", "1.1.5 knows the features of runtime-spec 1.1 alone")]
    public void Features_name_what_later_specifications_added()
    {
        JsonNode linux = JsonNode.Parse(runtime.Run("features").Succeeds().Stdout)!["linux"]!;
        Assert.Contains("time", Strings(linux["namespaces"]));
        Assert.NotEmpty(Strings(linux["seccomp"]!["knownFlags"]));
        Assert.NotEmpty(Strings(linux["seccomp"]!["supportedFlags"]));
        Assert.True((bool)linux["mountExtensions"]!["idmap"]!["enabled"]!);
        Assert.NotNull(linux["intelRdt"]!["enabled"]);
        Assert.NotEmpty(Strings(linux["memoryPolicy"]!["modes"]));
        Assert.NotEmpty(Strings(linux["memoryPolicy"]!["flags"]));
        Assert.True((bool)linux["netDevices"]!["enabled"]!);
    }

    [RootFact]
    [Reference("runc", "1.1.5: ratime and rnostrictatime as in MountPropagationTests, and defaults as in MountTests")]
    public void Every_mount_option_of_the_features_is_taken_by_a_mount()
    {
        string[] options = Strings(JsonNode.Parse(runtime.Run("features").Succeeds().Stdout)!["mountOptions"]);
        Assert.InRange(options.Length, 50, 80);
        // Those that want something of the rest of the configuration have tests of their own.
        string[] special = ["remount", "idmap", "ridmap", "copy-symlink", "src-nofollow", "dest-nofollow", "tmpcopyup"];
        BundleBuilder bundle = runtime.Bundle("true").WritableRoot();
        foreach (string option in options.Except(special)) bundle.Mount("/tmp/" + option, "bind", runtime.WorkDirectory, "bind", option);
        runtime.RunBundle(bundle).Succeeds();
    }

    private static string[] Strings(JsonNode? array) => [.. ((JsonArray)array!).Select(n => (string)n!).Order(StringComparer.Ordinal)];
}
