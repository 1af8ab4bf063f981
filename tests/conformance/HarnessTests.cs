namespace Keelson.Conformance;

/// <summary>The check for what a runtime leaves behind notices each kind of it.</summary>
public sealed class HarnessTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void Nothing_is_left_behind_by_a_container_that_was_run()
    {
        runtime.RunBundle(runtime.Bundle("true")).Succeeds();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void A_running_container_shows_its_process_its_cgroup_and_its_state()
    {
        TestContainer container = runtime.StartSleeping();
        container.WaitForProgram();
        IReadOnlyList<string> left = runtime.FindLeaks();
        Assert.Contains(left, l => l.StartsWith($"process {container.Pid}:", StringComparison.Ordinal));
        Assert.Contains(left, l => l.StartsWith("cgroup ", StringComparison.Ordinal) && l.EndsWith(container.Bundle.CgroupsPath, StringComparison.Ordinal));
        Assert.Contains($"state of {container.Id}", left);
    }

    [RootFact]
    public void A_mount_in_the_test_s_directory_is_found()
    {
        string place = Directory.CreateDirectory(runtime.WorkDirectory + "/place").FullName;
        ChildProcess.Run(["mount", "-t", "tmpfs", "tmpfs", place]).Succeeds();
        try { Assert.Contains(runtime.FindLeaks(), l => l.StartsWith($"mount {place} tmpfs", StringComparison.Ordinal)); }
        finally { ChildProcess.Run(["umount", place]).Succeeds(); }
    }
}
