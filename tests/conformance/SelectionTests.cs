namespace Keelson.Conformance;

/// <summary><c>kill --regex</c> and <c>delete --regex</c>: many containers at once. Row R40.</summary>
[Reference("runc", "has no --regex; crun passes")]
public sealed class SelectionTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void Kill_with_a_pattern_reaches_the_containers_that_it_matches()
    {
        TestContainer[] containers = [Named("web-1"), Named("web-2"), Named("db-1")];
        runtime.Run("kill", "--regex", $"^web-[0-9]-{Environment.ProcessId}$", "KILL").Succeeds();
        Assert.Equal(137, containers[0].WaitForEnd());
        Assert.Equal(137, containers[1].WaitForEnd());
        Assert.Equal("running", containers[2].Status);
    }

    [RootFact]
    public void Delete_with_a_pattern_removes_the_containers_that_it_matches()
    {
        TestContainer[] containers = [Named("web-1"), Named("web-2"), Named("db-1")];
        runtime.Run("delete", "--force", "--regex", "^web-").Succeeds();
        runtime.Run("state", containers[0].Id).Exits(1);
        runtime.Run("state", containers[1].Id).Exits(1);
        Assert.Equal("running", containers[2].Status);
    }

    [RootFact]
    public void A_pattern_that_is_none_is_an_error() => runtime.Run("kill", "--regex", "we[b", "KILL").Fails();

    [RootFact]
    public void A_dot_without_the_option_is_a_dot()
    {
        Named("web.1");
        runtime.Run("kill", $"web-1-{Environment.ProcessId}", "KILL").Exits(1);
    }

    private TestContainer Named(string name)
    {
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000"), $"{name}-{Environment.ProcessId}");
        container.Create();
        container.Start();
        return container;
    }
}
