using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>
/// Attack 17: the runtime is killed with SIGKILL before each of its system calls; <c>delete --force</c> then leaves no mount, cgroup, process or
/// state. runtime-spec 1.3 runtime "Lifecycle": its 13 steps lie between those calls.
/// </summary>
public sealed class KilledRuntimeTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();
    private readonly OrphanReaper reaper = new();
    private readonly HashSet<string> known = [];

    public void Dispose()
    {
        runtime.Dispose();
        reaper.Dispose();
    }

    [RootTheory]
    [InlineData("create", 40)]
    [InlineData("start", 20)]
    [InlineData("delete", 20)]
    [InlineData("create", int.MaxValue, Traits = ["suite", "soak"])]
    [InlineData("start", int.MaxValue, Traits = ["suite", "soak"])]
    [InlineData("delete", int.MaxValue, Traits = ["suite", "soak"])]
    public void A_lifecycle_command_that_is_killed_can_be_cleaned_up_after(string command, int most) => KillAtEachCall(command, most, WithAllHooks(runtime.Bundle("sleep", "1000")));

    [RootTheory]
    [InlineData("exec", 20)]
    [InlineData("run", 20)]
    [InlineData("kill", 8)]
    [InlineData("pause", 8)]
    [InlineData("resume", 8)]
    [InlineData("exec", int.MaxValue, Traits = ["suite", "soak"])]
    [InlineData("run", int.MaxValue, Traits = ["suite", "soak"])]
    [InlineData("kill", int.MaxValue, Traits = ["suite", "soak"])]
    [InlineData("pause", int.MaxValue, Traits = ["suite", "soak"])]
    [InlineData("resume", int.MaxValue, Traits = ["suite", "soak"])]
    public void Another_command_that_is_killed_can_be_cleaned_up_after(string command, int most) => KillAtEachCall(command, most, runtime.Bundle("sleep", "1000"));

    [RootTheory]
    [InlineData(20)]
    [InlineData(int.MaxValue, Traits = ["suite", "soak"])]
    public void A_create_in_two_stages_that_is_killed_can_be_cleaned_up_after(int most) => KillAtEachCall("create", most, TwoStages(runtime.Bundle("sleep", "1000")));

    /// <summary>A hook kills its caller: the steps between which the runtime runs something else.</summary>
    [RootTheory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("poststart")]
    [InlineData("poststop")]
    public void A_runtime_that_its_hook_kills_can_be_cleaned_up_after(string kind)
    {
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000").Hook(kind, $"test -e {runtime.WorkDirectory}/killed || {{ touch {runtime.WorkDirectory}/killed; kill -KILL $PPID; }}"));
        CommandResult[] results = [container.TryCreate(), runtime.Run("start", container.Id), runtime.Run("delete", "--force", container.Id)];
        Assert.Contains(results, result => result.ExitCode == 128 + Signals.SIGKILL);
        runtime.Run("delete", "--force", container.Id).Succeeds();
        Condition.Await("the end of what was killed", () => runtime.FindLeaks().Count == 0);
    }

    private void KillAtEachCall(string command, int most, BundleBuilder bundle)
    {
        int total = Run(command, bundle, Fault.None, out _).Calls('r');
        Assert.True(total > 10, $"only {total} calls were counted");
        List<string> wrong = [];
        foreach (int ordinal in Fault.Ordinals(total, most))
        {
            FaultLog log = Run(command, bundle, new Fault('r', ordinal, "kill"), out string problem);
            if (problem.Length > 0) wrong.Add($"killed before {ordinal} {log.Hit} {log.Path}: {problem}");
        }
        Assert.True(wrong.Count == 0, $"of {total} calls: {string.Join('\n', wrong)}");
    }

    /// <summary>Brings a container to the state before the command, calls the command, and cleans up.</summary>
    private FaultLog Run(string command, BundleBuilder bundle, Fault fault, out string problem)
    {
        string file = runtime.WorkDirectory + "/faults";
        TestContainer container = runtime.Container(bundle);
        if (command is not ("create" or "run")) container.Create();
        if (command is not ("create" or "run" or "start")) container.Start();
        if (command == "resume") runtime.Run("pause", container.Id).Succeeds();
        string[] words = command switch
        {
            "create" or "run" => [command, "--bundle", bundle.Directory, container.Id],
            "exec" => ["exec", container.Id, "true"],
            "kill" => ["kill", container.Id, "KILL"],
            "delete" => ["delete", "--force", container.Id],
            _ => [command, container.Id],
        };
        if (command == "run") bundle.Args("true").Write();
        CommandOptions options = new() { Prefix = fault.Launcher(file, command is "create" or "run" ? "config.json" : container.Id) };
        using (ChildProcess call = runtime.StartCommand(options, words)) call.WaitForEnd();

        CommandResult deleted = runtime.Run("delete", "--force", container.Id);
        problem = deleted.ExitCode == 0 ? "" : deleted.ToString();
        try
        {
            Condition.Await("the end of what was killed", () => runtime.FindLeaks().All(known.Contains), TimeSpan.FromSeconds(2));
        }
        catch (KeelsonException)
        {
            problem += " left " + string.Join('\n', runtime.FindLeaks().Where(known.Add));
        }
        return new FaultLog(file);
    }

    private static BundleBuilder WithAllHooks(BundleBuilder bundle)
    {
        foreach (string kind in (ReadOnlySpan<string>)["prestart", "createRuntime", "createContainer", "poststart", "poststop"]) bundle.Hook(kind, "true");
        return bundle.AddJson("hooks.startContainer", """{"path": "/bin/true"}""").WritableRoot().Mount("/new", "tmpfs", "tmpfs");
    }

    private static BundleBuilder TwoStages(BundleBuilder bundle) => bundle.Namespace("time").Namespace("user").Namespace("cgroup")
        .SetJson("linux.uidMappings", """[{"containerID": 0, "hostID": 100000, "size": 65536}]""")
        .SetJson("linux.gidMappings", """[{"containerID": 0, "hostID": 100000, "size": 65536}]""");
}
