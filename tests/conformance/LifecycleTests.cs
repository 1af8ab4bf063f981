using System.Text.Json.Nodes;

namespace Keelson.Conformance;

/// <summary>runtime-spec "runtime.md": create, start, state, kill, delete. Rows R1 and R37.</summary>
public sealed class LifecycleTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void A_container_goes_from_created_to_running_to_stopped_to_gone()
    {
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000"));
        container.Create();
        Assert.Equal("created", container.Status);
        container.Start();
        Assert.Equal("running", container.Status);
        container.Kill();
        container.WaitForEnd();
        Assert.Equal("stopped", container.Status);
        container.Delete();
        runtime.Run("state", container.Id).Fails("does not exist");
    }

    [RootFact]
    public void Create_does_not_run_the_program()
    {
        TestContainer container = runtime.Container(runtime.Bundle().Shell("echo started"));
        container.Create();
        Assert.Equal("", container.Output);
        container.Start();
        Assert.Equal(0, container.WaitForEnd());
        Assert.Equal("started\n", container.Output);
    }

    [RootFact]
    public void State_has_the_fields_of_the_specification()
    {
        BundleBuilder bundle = runtime.Bundle("sleep", "1000").SetJson("annotations", """{"org.example.one": "1", "two": ""}""");
        TestContainer container = runtime.Start(bundle);

        JsonObject state = container.State();

        Assert.StartsWith("1.", (string)state["ociVersion"]!);
        Assert.Equal(container.Id, (string)state["id"]!);
        Assert.Equal("running", (string)state["status"]!);
        Assert.Equal(container.Pid, (int)state["pid"]!);
        Assert.Equal(bundle.Directory, (string)state["bundle"]!);
        Assert.Equal("1", (string)state["annotations"]!["org.example.one"]!);
        Assert.Equal("", (string)state["annotations"]!["two"]!);
    }

    [RootFact]
    public void State_also_has_rootfs_created_and_owner_as_callers_read_them()
    {
        TestContainer container = runtime.StartSleeping();
        JsonObject state = container.State();
        Assert.Equal(BusyboxRootfs.Shared, (string)state["rootfs"]!);
        Assert.True(DateTimeOffset.TryParse((string)state["created"]!, out DateTimeOffset created) && created.Offset == TimeSpan.Zero);
        Assert.True(state.ContainsKey("owner"));
    }

    [RootFact]
    public void State_of_a_stopped_container_has_pid_0()
    {
        TestContainer container = runtime.Start(runtime.Bundle("true"));
        container.WaitForEnd();
        Assert.Equal(0, (int)container.State()["pid"]!);
    }

    [RootFact]
    public void A_container_whose_first_process_is_a_zombie_is_stopped()
    {
        TestContainer container = runtime.Start(runtime.Bundle("true"));
        container.WaitUntilDead();
        Assert.Equal("stopped", container.Status);
        container.Delete();
    }

    [RootFact]
    public void State_of_an_unknown_id_says_that_it_does_not_exist() => runtime.Run("state", runtime.NewId()).Exits(1).Fails("does not exist");

    [RootFact]
    public void Changes_of_the_configuration_after_create_have_no_effect()
    {
        TestContainer container = runtime.Container(runtime.Bundle("echo", "before"));
        container.Create();
        container.Bundle.Args("echo", "after").Set("hostname", "other").Write();
        container.Start();
        container.WaitForEnd();
        Assert.Equal("before\n", container.Output);
    }

    [RootFact]
    public void The_bundle_may_be_gone_when_the_container_is_killed_and_deleted()
    {
        TestContainer container = runtime.StartSleeping();
        File.Delete(container.Bundle.Directory + "/config.json");
        container.KillAndDelete();
    }

    [RootFact]
    public void Starting_a_running_container_is_an_error_and_changes_nothing()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("start", container.Id).Fails();
        Assert.Equal("running", container.Status);
    }

    [RootFact]
    public void Starting_a_stopped_container_is_an_error()
    {
        TestContainer container = runtime.Start(runtime.Bundle("true"));
        container.WaitForEnd();
        runtime.Run("start", container.Id).Fails();
        Assert.Equal("stopped", container.Status);
    }

    [RootFact]
    public void Starting_an_unknown_id_says_that_it_does_not_exist() => runtime.Run("start", runtime.NewId()).Fails("does not exist");

    [RootFact]
    public void Creating_an_id_in_use_is_an_error_and_leaves_the_first_alone()
    {
        TestContainer first = runtime.StartSleeping();
        BundleBuilder other = runtime.Bundle("true").Write();
        runtime.Run("create", "--bundle", other.Directory, first.Id).Fails("exist");
        Assert.Equal("running", first.Status);
        Assert.Equal(first.Bundle.Directory, (string)first.State()["bundle"]!);
    }

    [RootFact]
    public void An_id_can_be_used_again_after_delete()
    {
        TestContainer first = runtime.StartSleeping();
        first.KillAndDelete();
        TestContainer second = runtime.Container(runtime.Bundle("echo", "again"), first.Id);
        second.Create();
        second.Start();
        Assert.Equal(0, second.WaitForEnd());
        second.Delete();
    }

    [RootFact]
    public void Deleting_a_running_container_is_refused()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("delete", container.Id).Fails("not stopped");
        Assert.Equal("running", container.Status);
    }

    [RootFact]
    public void Delete_with_force_ends_a_running_container()
    {
        TestContainer container = runtime.StartSleeping();
        container.Delete("--force");
        Assert.Equal(128 + 9, container.WaitForEnd());
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void A_created_container_can_be_deleted_without_force_or_after_a_kill()
    {
        TestContainer container = runtime.Container(runtime.Bundle("true"));
        container.Create();
        container.Kill();
        container.WaitForEnd();
        Assert.Equal("stopped", container.Status);
        container.Delete();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void Deleting_an_unknown_id_says_that_it_does_not_exist() => runtime.Run("delete", runtime.NewId()).Exits(1).Fails("does not exist");

    [RootFact]
    public void Deleting_an_unknown_id_with_force_succeeds() => runtime.Run("delete", "--force", runtime.NewId()).Succeeds();

    [RootFact]
    public void Delete_removes_the_container_s_cgroup_with_those_that_were_made_in_it()
    {
        TestContainer container = runtime.StartSleeping();
        string below = CgroupTree.PathOf("pids", container.Bundle.CgroupsPath, "inner/innermost");
        Directory.CreateDirectory(below);
        container.KillAndDelete();
        Assert.False(Directory.Exists(below));
        Assert.Empty(CgroupTree.Below(runtime.Cgroup));
    }

    [RootFact]
    public void Kill_sends_SIGTERM_by_default()
    {
        TestContainer container = runtime.Start(runtime.Bundle("probe", "signals"));
        container.WaitForOutput("ready");
        runtime.Run("kill", container.Id).Succeeds();
        Assert.Equal(0, container.WaitForEnd());
        Assert.Equal("ready\n15\n", container.Output);
    }

    [RootTheory]
    [InlineData("USR1", 10)]
    [InlineData("SIGUSR1", 10)]
    [InlineData("10", 10)]
    [InlineData("HUP", 1)]
    [InlineData("SIGWINCH", 28)]
    // runc 1.1 knows real-time signals by number alone.
    [InlineData("RTMIN+1", 35, Traits = ["fails", "runc"])]
    [InlineData("SIGRTMIN+1", 35, Traits = ["fails", "runc"])]
    [InlineData("SIGRTMAX-14", 50, Traits = ["fails", "runc"])]
    [InlineData("37", 37)]
    [InlineData("64", 64)]
    public void Kill_takes_names_and_numbers(string signal, int number)
    {
        TestContainer container = runtime.Start(runtime.Bundle("probe", "signals"));
        container.WaitForOutput("ready");
        container.Kill(signal);
        container.WaitForOutput($"ready\n{number}\n");
    }

    [RootTheory]
    [InlineData("SIGNOTHING")]
    [InlineData("65")]
    [InlineData("-1")]
    [InlineData("1x")]
    // runc takes it for the default, SIGTERM.
    [InlineData("", Traits = ["fails", "runc"])]
    public void Kill_refuses_what_is_no_signal(string signal)
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("kill", container.Id, signal).Fails("signal");
        Assert.Equal("running", container.Status);
    }

    [RootFact]
    public void Kill_reaches_a_created_container()
    {
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000"));
        container.Create();
        container.Kill("KILL");
        Assert.Equal(128 + 9, container.WaitForEnd());
    }

    [RootFact]
    public void Killing_a_stopped_container_says_what_callers_look_for()
    {
        TestContainer container = runtime.Start(runtime.Bundle("true"));
        container.WaitForEnd();
        CommandResult result = runtime.Run("kill", container.Id, "KILL").Exits(1);
        Assert.Matches("os: process already finished|container not running|no such process", result.Stderr);
    }

    [RootFact]
    public void Killing_an_unknown_id_says_that_it_does_not_exist() => runtime.Run("kill", runtime.NewId(), "KILL").Exits(1).Fails("does not exist");

    [RootFact]
    public void Kill_with_all_reaches_every_process_when_there_is_no_pid_namespace()
    {
        TestContainer container = runtime.Start(runtime.Bundle().WithoutNamespace("pid").Shell("sleep 1001 & sleep 1002 & echo ready; exec sleep 1000"));
        container.WaitForOutput("ready");
        string processes = CgroupTree.PathOf("pids", container.Bundle.CgroupsPath, "cgroup.procs");
        Assert.Equal(3, File.ReadAllLines(processes).Length);
        runtime.Run("kill", "--all", container.Id, "KILL").Succeeds();
        Condition.Await("the end of all processes", () => File.ReadAllLines(processes).Length == 0);
    }

    [RootFact]
    public void Delete_ends_what_still_runs_when_there_is_no_pid_namespace()
    {
        TestContainer container = runtime.Start(runtime.Bundle().WithoutNamespace("pid").Shell("sleep 1001 & echo ready"));
        container.WaitForEnd();
        container.Delete("--force");
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void The_pid_file_holds_the_number_of_the_first_process_alone()
    {
        TestContainer container = runtime.StartSleeping();
        Assert.Equal(((int)container.State()["pid"]!).ToString(), File.ReadAllText(container.PidFile));
        container.WaitForProgram();
    }

    [RootFact]
    public void The_container_is_a_child_of_the_runtime_s_caller_after_create()
    {
        TestContainer container = runtime.StartSleeping();
        Assert.Equal(3, container.Exec("sh", "-c", "exit 3").ExitCode);
        container.Kill("TERM");
        container.Kill("KILL");
        Assert.Equal(128 + 9, container.WaitForEnd());
    }

    [RootTheory]
    [InlineData("../escape")]
    [InlineData("a/b")]
    [InlineData("/abs")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("ümlaut")]
    [InlineData("semi;colon")]
    [InlineData("new\nline")]
    public void An_id_with_other_than_the_allowed_characters_is_refused(string id)
    {
        BundleBuilder bundle = runtime.Bundle("true").Write();
        runtime.Run("create", "--bundle", bundle.Directory, id).Fails("id");
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void An_id_may_hold_letters_digits_and_four_signs()
    {
        TestContainer container = runtime.Container(runtime.Bundle("true"), $"A9z_x+y-{Environment.ProcessId}.0");
        container.Create();
        Assert.Equal("created", container.Status);
        container.Delete("--force");
    }

    [RootFact]
    public void An_id_of_1024_characters_is_refused()
    {
        BundleBuilder bundle = runtime.Bundle("true").Write();
        runtime.Run("create", "--bundle", bundle.Directory, new string('x', 1024)).Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void A_bundle_without_configuration_is_refused()
    {
        string id = runtime.NewId();
        runtime.Run("create", "--bundle", runtime.Bundle().Directory, id).Fails("config.json");
        runtime.Run("state", id).Fails("does not exist");
    }

    [RootFact]
    public void A_bundle_that_is_not_there_is_refused() => runtime.Run("create", "--bundle", runtime.WorkDirectory + "/nowhere", runtime.NewId()).Fails("nowhere");

    [RootFact]
    public void A_configuration_that_is_no_json_is_refused()
    {
        BundleBuilder bundle = runtime.Bundle().Write();
        File.WriteAllText(bundle.Directory + "/config.json", "{ \"ociVersion\": ");
        runtime.Run("create", "--bundle", bundle.Directory, runtime.NewId()).Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void The_bundle_is_the_working_directory_when_none_is_named()
    {
        BundleBuilder bundle = runtime.Bundle("echo", "here").Write();
        CommandResult result = runtime.Run(new CommandOptions { Directory = bundle.Directory }, "run", runtime.NewId());
        Assert.Equal("here\n", result.Succeeds().Stdout);
    }

    [RootTheory]
    [InlineData("process.args", """["/bin/absent"]""")]
    [InlineData("process.cwd", "\"/etc/passwd\"")]
    [InlineData("root.path", "\"/nowhere\"")]
    [InlineData("linux.namespaces", """[{"type": "mount"}, {"type": "network", "path": "/proc/0/ns/net"}]""")]
    [InlineData("linux.resources.memory.limit", "1")]
    [InlineData("hooks.createRuntime", """[{"path": "/bin/false"}]""")]
    [InlineData("hooks.createContainer", """[{"path": "/bin/false"}]""")]
    [InlineData("linux.sysctl", """{"net.core.no_such_key": "1"}""")]
    public void A_create_that_fails_leaves_nothing_behind(string path, string json)
    {
        TestContainer container = runtime.Container(runtime.Bundle("true").SetJson(path, json));
        container.TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
        runtime.Run("state", container.Id).Fails("does not exist");
    }

    [RootFact]
    public void A_create_that_fails_may_be_tried_again_with_the_same_id()
    {
        TestContainer broken = runtime.Container(runtime.Bundle("/bin/absent"));
        broken.TryCreate().Fails();
        TestContainer container = runtime.Container(runtime.Bundle("true"), broken.Id);
        container.Create();
        container.Start();
        Assert.Equal(0, container.WaitForEnd());
    }

    [RootFact]
    public void Properties_that_the_specification_does_not_know_are_ignored()
    {
        BundleBuilder bundle = runtime.Bundle("echo", "fine")
            .SetJson("unknown", """{"deep": [1, {"deeper": null}]}""")
            .SetJson("process.unknown", "[true]").SetJson("linux.unknown", "1e3").SetJson("linux.resources.unknown", "\"x\"");
        Assert.Equal("fine\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootTheory]
    // runc 1.1 does not look at ociVersion.
    [InlineData("ociVersion", null, Traits = ["fails", "runc"])]
    [InlineData("ociVersion", "\"2.0.0\"", Traits = ["fails", "runc"])]
    [InlineData("ociVersion", "\"one\"", Traits = ["fails", "runc"])]
    [InlineData("process.cwd", "\"relative\"")]
    [InlineData("process.cwd", "\"\"")]
    [InlineData("process.args", "[]")]
    [InlineData("process.args", "\"sh\"")]
    [InlineData("process.user.uid", "\"0\"")]
    [InlineData("process.user.uid", "-1")]
    [InlineData("process.user.uid", "4294967296")]
    [InlineData("process.rlimits", """[{"type": "RLIMIT_NOTHING", "soft": 1, "hard": 1}]""")]
    // config.md "POSIX process": a duplicate type is an error; runc and crun take the last.
    [InlineData("process.rlimits", """[{"type": "RLIMIT_CORE", "soft": 1, "hard": 1}, {"type": "RLIMIT_CORE", "soft": 1, "hard": 1}]""",
        Traits = ["fails", "runc"])]
    [InlineData("root", null)]
    [InlineData("root.path", "\"\"")]
    [InlineData("linux.namespaces", """[{"type": "nothing"}]""")]
    [InlineData("linux.rootfsPropagation", "\"sideways\"")]
    [InlineData("mounts", """[{"destination": ""}]""")]
    public void A_configuration_with_a_wrong_value_is_refused(string path, string? json)
    {
        BundleBuilder bundle = runtime.Bundle("true");
        if (json is null) bundle.Set(path, null);
        else bundle.SetJson(path, json);
        TestContainer container = runtime.Container(bundle);
        container.TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
    }
}
