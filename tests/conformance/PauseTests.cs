namespace Keelson.Conformance;

/// <summary><c>pause</c> and <c>resume</c>. Row R3.</summary>
public sealed class PauseTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void A_paused_container_does_nothing_until_it_is_resumed()
    {
        TestContainer container = runtime.Start(runtime.Bundle().Shell("while true; do echo tick; usleep 2000; done"));
        container.WaitForOutput("tick");
        runtime.Run("pause", container.Id).Succeeds();
        Assert.Equal("paused", container.Status);
        string before = container.Output;
        // A call in between gives the loop time for many rounds, if it could run.
        runtime.Run("list").Succeeds();
        Assert.Equal(before, container.Output);
        runtime.Run("resume", container.Id).Succeeds();
        Assert.Equal("running", container.Status);
        Condition.Await("more output", () => container.Output.Length > before.Length);
    }

    [RootFact]
    public void List_shows_a_paused_container()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("pause", container.Id).Succeeds();
        Assert.Contains(" paused ", runtime.Run("list").Succeeds().Stdout);
    }

    [RootFact]
    public void Pause_of_a_stopped_container_is_an_error()
    {
        TestContainer container = runtime.Start(runtime.Bundle("true"));
        container.WaitForEnd();
        runtime.Run("pause", container.Id).Fails();
    }

    [RootFact]
    public void Resume_of_a_running_container_is_an_error_and_changes_nothing()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("resume", container.Id).Fails();
        Assert.Equal("running", container.Status);
    }

    [RootFact]
    public void Pause_and_resume_of_an_unknown_id_say_that_it_does_not_exist()
    {
        runtime.Run("pause", runtime.NewId()).Fails("does not exist");
        runtime.Run("resume", runtime.NewId()).Fails("does not exist");
    }

    [RootFact]
    public void A_created_container_can_be_paused_and_resumed_and_started()
    {
        TestContainer container = runtime.Container(runtime.Bundle("true"));
        container.Create();
        runtime.Run("pause", container.Id).Succeeds();
        Assert.Equal("paused", container.Status);
        runtime.Run("resume", container.Id).Succeeds();
        Assert.Equal("created", container.Status);
        container.Start();
        Assert.Equal(0, container.WaitForEnd());
    }

    [RootFact]
    public void A_kill_of_a_paused_container_ends_it()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("pause", container.Id).Succeeds();
        container.Kill("KILL");
        Assert.Equal(128 + 9, container.WaitForEnd());
    }

    [RootFact]
    public void A_paused_container_can_be_deleted_with_force()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("pause", container.Id).Succeeds();
        container.Delete("--force");
        container.WaitForEnd();
        Assert.Empty(runtime.FindLeaks());
    }
}
