namespace Keelson.Runtime.Tests.Commands;

/// <summary>What commands do when others act at the same time, or when state is damaged.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void List_leaves_out_a_damaged_container_with_a_warning()
    {
        TestContainer container = runtime.StartSleeping();
        Directory.CreateDirectory(runtime.StateDirectory + "/broken");
        File.WriteAllText(runtime.StateDirectory + "/broken/state.json", "{");
        Directory.CreateDirectory(runtime.StateDirectory + "/empty");

        CommandResult result = runtime.Run("list", "-q").Succeeds();

        Assert.Equal(container.Id + "\n", result.Stdout);
        Assert.Contains("broken/state.json: the container's state is damaged", result.Stderr);
        Assert.True(Directory.Exists(runtime.StateDirectory + "/empty"));
        Directory.Delete(runtime.StateDirectory + "/broken", recursive: true);
        Directory.Delete(runtime.StateDirectory + "/empty");
    }

    [CgroupFact]
    public void A_container_in_the_foreground_can_be_paused_and_resumed()
    {
        TestContainer container = runtime.Container(runtime.Bundle().Shell("echo ready; sleep 1000"));
        ChildProcess run = runtime.StartCommand(new CommandOptions(), "run", "--bundle", container.Bundle.Directory, container.Id);
        Condition.Await("the container", () => run.Stdout.Contains("ready", StringComparison.Ordinal));
        runtime.Run("pause", container.Id).Succeeds();
        Assert.Equal("paused", container.Status);
        runtime.Run("resume", container.Id).Succeeds();
        runtime.Run("kill", container.Id, "KILL").Succeeds();
        run.WaitForEnd().Exits(137);
    }

    [RootFact]
    public void A_program_that_is_heard_can_be_killed_however_slow_the_runtime_is()
    {
        // Each write of the state takes a while. strace(1).
        CommandOptions slowly = new() { Prefix = ["strace", "-o", "/dev/null", "--trace=renameat,renameat2", "--inject=renameat,renameat2:delay_enter=300000"] };
        TestContainer container = runtime.Container(runtime.Bundle().Shell("echo ready; sleep 1000"));
        ChildProcess run = runtime.StartCommand(slowly, "run", "--bundle", container.Bundle.Directory, container.Id);
        Condition.Await("the container", () => run.Stdout.Contains("ready", StringComparison.Ordinal));
        runtime.Run("kill", container.Id, "KILL").Succeeds();
        run.WaitForEnd().Exits(137);
    }

    [RootFact]
    public void A_container_is_not_deleted_by_a_command_that_came_while_it_was_created()
    {
        CommandOptions slowly = new() { Prefix = ["strace", "-o", "/dev/null", "--trace=clone3", "--inject=clone3:delay_enter=500000"] };
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000"));
        ChildProcess run = runtime.StartCommand(slowly, "run", "--detach", "--bundle", container.Bundle.Directory, container.Id);
        Condition.Await("the creation", () => runtime.Run("state", container.Id).Stdout.Contains("creating", StringComparison.Ordinal));
        runtime.Run("delete", container.Id).Fails("that is not stopped: running");
        run.WaitForEnd().Succeeds();
        Assert.Equal("running", container.Status);
    }

    [CgroupV1Theory]
    [InlineData("64m", "67108864")]
    [InlineData("65536K", "67108864")]
    public void Update_takes_sizes_with_units(string size, string bytes)
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("update", "--memory", size, container.Id).Succeeds();
        Assert.Equal(bytes, CgroupTree.Read("memory", container.Bundle.CgroupsPath, "memory.limit_in_bytes"));
    }

    [CgroupFact]
    public void Update_ignores_kernel_memory_with_a_warning() =>
        Assert.Contains("kernel memory", runtime.Run("update", "--kernel-memory", "1m", runtime.StartSleeping().Id).Succeeds().Stderr);

    [CgroupFact]
    public void Update_of_cache_shares_without_a_resctrl_group_is_an_error() =>
        runtime.Run("update", "--l3-cache-schema", "L3:0=f", runtime.StartSleeping().Id).Fails("created without linux.intelRdt");

    [RootFact]
    public void Plan_prints_the_steps_and_makes_neither_state_nor_cgroup()
    {
        BundleBuilder bundle = runtime.Bundle("true").Write();
        CommandResult result = runtime.Run("plan", "--bundle", bundle.Directory).Succeeds();
        Assert.StartsWith("the child, cloned with CLONE_NEWNS|", result.Stdout);
        Assert.Contains("pivot_root(\".\", \".\")", result.Stdout);
        Assert.Contains(result.Lines[^12..], line => line.Contains("execve(", StringComparison.Ordinal));
        Assert.False(Directory.Exists(runtime.StateDirectory));
        Assert.DoesNotContain(CgroupTree.Hierarchies, h => Directory.Exists(h + bundle.CgroupsPath));
    }

    [RootFact]
    public void Plan_of_a_wrong_configuration_names_the_property() =>
        runtime.Run("plan", "--bundle", runtime.Bundle("true").Set("process.cwd", "relative").Write().Directory).Fails("process.cwd");
}
