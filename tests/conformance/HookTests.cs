using System.Text.Json.Nodes;
using Keelson.Linux.Sys;

namespace Keelson.Conformance;

/// <summary>runtime-spec config "POSIX-platform Hooks" and runtime "Lifecycle". Row R29.</summary>
public sealed class HookTests : IDisposable
{
    private static readonly string[] Kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    private string Log => runtime.WorkDirectory + "/log";

    [RootFact]
    [Reference("runc", "1.1.5 runs poststart hooks at create, before the program; crun 1.8.1 dies of SIGPIPE at a hook that does not read its input")]
    public void Hooks_run_in_the_order_of_the_life_cycle()
    {
        BundleBuilder bundle = runtime.Bundle().Shell($"echo program >> {Log}").Mount(runtime.WorkDirectory, "bind", runtime.WorkDirectory, "bind").WritableRoot();
        foreach (string kind in Kinds) bundle.Hook(kind, $"echo {kind} >> {Log}");
        TestContainer container = runtime.Container(bundle);

        container.Create();
        Assert.Equal(["prestart", "createRuntime", "createContainer"], File.ReadAllLines(Log));
        container.Start();
        container.WaitForEnd();
        // poststart and the program run side by side.
        Assert.Equal((string[])["createContainer", "createRuntime", "poststart", "prestart", "program", "startContainer"], File.ReadAllLines(Log).Order());
        Assert.Equal("startContainer", File.ReadAllLines(Log)[3]);
        container.Delete();
        Assert.Equal("poststop", File.ReadAllLines(Log)[^1]);
    }

    [RootFact]
    public void Hooks_of_one_kind_run_in_their_order()
    {
        BundleBuilder bundle = runtime.Bundle("true");
        for (int i = 0; i < 5; i++) bundle.Hook("createRuntime", $"echo {i} >> {Log}");
        runtime.RunBundle(bundle).Succeeds();
        Assert.Equal(["0", "1", "2", "3", "4"], File.ReadAllLines(Log));
    }

    [RootTheory]
    [InlineData("prestart", "creat(ing|ed)")]
    [InlineData("createRuntime", "creat(ing|ed)")]
    [InlineData("createContainer", "creat(ing|ed)")]
    [InlineData("startContainer", "created")]
    // runc 1.1.5 runs poststart hooks at create.
    [InlineData("poststart", "running", Traits = ["fails", "runc"])]
    [InlineData("poststop", "stopped")]
    public void A_hook_gets_the_state_on_standard_input(string kind, string status)
    {
        BundleBuilder bundle = runtime.Bundle("sleep", "1000").SetJson("annotations", """{"key": "value"}""").Mount("/mnt", "bind", runtime.WorkDirectory, "bind");
        if (kind == "startContainer") bundle.Hook(kind, "cat > /mnt/state.json");
        else bundle.Hook(kind, $"cat > {runtime.WorkDirectory}/state.json");
        TestContainer container = runtime.Start(bundle);
        container.KillAndDelete();

        JsonObject state = (JsonObject)JsonNode.Parse(File.ReadAllText(runtime.WorkDirectory + "/state.json"))!;
        Assert.StartsWith("1.", (string)state["ociVersion"]!);
        Assert.Equal(container.Id, (string)state["id"]!);
        Assert.Matches(status, (string)state["status"]!);
        Assert.Equal(bundle.Directory, (string)state["bundle"]!);
        Assert.Equal("value", (string)state["annotations"]!["key"]!);
        if (kind != "poststop") Assert.Equal(kind is "createContainer" or "startContainer" ? 1 : container.Pid, (int)state["pid"]!);
    }

    [RootTheory]
    [InlineData("prestart", true)]
    [InlineData("createRuntime", true)]
    [InlineData("createContainer", false)]
    [InlineData("startContainer", false)]
    [InlineData("poststart", true)]
    [InlineData("poststop", true)]
    public void A_hook_runs_in_the_namespaces_that_the_specification_names(string kind, bool onHost)
    {
        string place = kind == "startContainer" ? "/mnt" : runtime.WorkDirectory;
        BundleBuilder bundle = runtime.Bundle("true").Mount("/mnt", "bind", runtime.WorkDirectory, "bind").Hook(kind, $"readlink /proc/self/ns/mnt > {place}/ns");
        runtime.RunBundle(bundle).Succeeds();
        Files.TryReadLink("/proc/self/ns/mnt", out string host);
        Assert.Equal(onHost, File.ReadAllText(runtime.WorkDirectory + "/ns").Trim() == host);
    }

    [RootFact]
    public void CreateContainer_runs_before_the_root_is_pivoted_and_startContainer_after()
    {
        // The first sees the host's files below /, the second those of the image.
        BundleBuilder bundle = runtime.Bundle("true").Mount("/mnt", "bind", runtime.WorkDirectory, "bind")
            .Hook("createContainer", $"ls / > {runtime.WorkDirectory}/create").Hook("startContainer", "ls / > /mnt/start");
        runtime.RunBundle(bundle).Succeeds();
        Assert.Contains("boot", File.ReadAllLines(runtime.WorkDirectory + "/create"));
        Assert.DoesNotContain("boot", File.ReadAllLines(runtime.WorkDirectory + "/start"));
    }

    [RootFact]
    public void Prestart_and_createRuntime_see_the_network_namespace_by_the_container_s_pid()
    {
        string script = $"pid=$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/' | head -1); readlink /proc/$pid/ns/net > {runtime.WorkDirectory}/net";
        BundleBuilder bundle = runtime.Bundle("probe").Hook("createRuntime", "tr -d '\\n' | (" + script + ")");
        ProbeReport report = new(runtime.RunBundle(bundle).Succeeds().Stdout);
        Assert.Equal(report["ns/net"], File.ReadAllText(runtime.WorkDirectory + "/net").Trim());
    }

    [RootFact]
    public void A_hook_gets_its_own_environment_alone_and_its_arguments()
    {
        BundleBuilder bundle = runtime.Bundle("true").AddJson("hooks.createRuntime", $$"""
            {"path": "/bin/sh", "args": ["name", "-c", "echo $0 $1; env", "zero", "one"], "env": ["A=1", "{{runtime.Mark}}"]}
            """);
        bundle.Config["hooks"]!["createRuntime"]![0]!["args"]![2] = $"(echo $0 $1; echo $A $PATH; env | grep -c ^XDG; true) > {Log}";
        runtime.RunBundle(bundle).Succeeds();
        string[] lines = File.ReadAllLines(Log);
        Assert.Equal("zero one", lines[0]);
        Assert.StartsWith("1", lines[1]);
        Assert.Equal("0", lines[2]);
    }

    [RootFact]
    public void A_hook_without_arguments_gets_its_path_as_the_first()
    {
        File.WriteAllText(runtime.WorkDirectory + "/hook", $"#!/bin/sh\necho $0 $# > {Log}\n");
        TestDirectory.SetMode(runtime.WorkDirectory + "/hook", 0b111_101_101);
        runtime.RunBundle(runtime.Bundle("true").AddJson("hooks.createRuntime", $$"""{"path": "{{runtime.WorkDirectory}}/hook"}""")).Succeeds();
        Assert.Equal($"{runtime.WorkDirectory}/hook 0\n", File.ReadAllText(Log));
    }

    [RootTheory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public void A_failing_hook_of_create_stops_it_and_leaves_nothing(string kind)
    {
        TestContainer container = runtime.Container(runtime.Bundle("true").Hook(kind, "echo because >&2; exit 3").Hook(kind, $"echo second >> {Log}").Hook("poststop", $"echo poststop >> {Log}"));
        container.TryCreate().Fails("hook");
        Assert.Empty(runtime.FindLeaks());
        runtime.Run("state", container.Id).Fails("does not exist");
        Assert.DoesNotContain("second", File.Exists(Log) ? File.ReadAllText(Log) : "");
    }

    [RootFact]
    public void A_failing_startContainer_hook_keeps_the_program_from_running()
    {
        BundleBuilder bundle = runtime.Bundle().Shell("echo ran").Hook("startContainer", "exit 3");
        CommandResult result = runtime.RunBundle(bundle);
        Assert.NotEqual(0, result.ExitCode);
        Assert.DoesNotContain("ran", result.Stdout);
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    [Reference("runc", "1.1.5 runs poststart hooks at create, before the program; crun 1.8.1 dies of SIGPIPE at a hook that does not read its input")]
    public void A_failing_poststart_hook_stops_the_container()
    {
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000").Hook("poststart", "exit 3"));
        container.Create();
        runtime.Run("start", container.Id).Fails("hook");
        container.WaitForEnd();
        container.Delete("--force");
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    [Reference("runc", "1.1.5 does not run the hooks after one that failed; crun 1.8.1 dies of SIGPIPE as above")]
    public void A_failing_poststop_hook_is_a_warning_and_the_next_runs()
    {
        TestContainer container = runtime.Start(runtime.Bundle("true").Hook("poststop", "exit 3").Hook("poststop", $"echo next > {Log}"));
        container.WaitForEnd();
        container.Delete();
        Assert.Equal("next\n", File.ReadAllText(Log));
        runtime.Run("state", container.Id).Fails("does not exist");
    }

    [RootFact]
    public void Poststop_runs_when_the_container_s_resources_are_gone()
    {
        BundleBuilder bundle = runtime.Bundle("true");
        string cgroup = CgroupTree.PathOf("pids", bundle.CgroupsPath, "");
        TestContainer container = runtime.Start(bundle.Hook("poststop", $"test -d {cgroup} && echo there > {Log} || echo gone > {Log}"));
        container.WaitForEnd();
        container.Delete();
        Assert.Equal("gone\n", File.ReadAllText(Log));
    }

    [RootTheory]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public void A_hook_that_takes_too_long_is_killed_and_stops_the_create(string kind)
    {
        TestContainer container = runtime.Container(runtime.Bundle("true").Hook(kind, "exec sleep 1000", timeoutSeconds: 1));
        container.TryCreate().Fails("hook");
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void A_hook_within_its_time_is_left_alone() => runtime.RunBundle(runtime.Bundle("true").Hook("createRuntime", "exec sleep 0.1", timeoutSeconds: 20)).Succeeds();

    [RootTheory]
    [InlineData("""{"path": "/nowhere/hook"}""")]
    [InlineData("""{"path": "relative/hook"}""")]
    [InlineData("""{"path": "/bin/true", "timeout": 0}""")]
    [InlineData("""{"path": "/bin/true", "timeout": -1}""")]
    public void A_hook_that_cannot_be_is_an_error(string hook)
    {
        runtime.Container(runtime.Bundle("true").AddJson("hooks.createRuntime", hook)).TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void Much_state_does_not_block_a_hook_that_does_not_read_it()
    {
        BundleBuilder bundle = runtime.Bundle("true").Set("annotations.big", new string('x', 300_000)).Hook("createRuntime", "exit 0").Hook("poststop", "exit 0");
        runtime.RunBundle(bundle).Succeeds();
    }
}
