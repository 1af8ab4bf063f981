using Keelson.Engine.Containers;
using Keelson.Oci;
using Status = Keelson.Engine.Containers.ContainerStatus;

namespace Keelson.Engine.Tests.Containers;

public sealed class HealthTests
{
    private const long Millisecond = 1_000_000;

    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [Theory]
    // S: a check goes well, F: one fails. Of a container that may fail twice and has 10 s to start; a check a second.
    [InlineData("", "starting 0")]
    [InlineData("S", "healthy 0")]
    [InlineData("F", "starting 0")]
    [InlineData("FFFFFFFFF", "starting 0")]
    [InlineData("FFFFFFFFFFF", "starting 1")]
    [InlineData("FFFFFFFFFFFF", "unhealthy 2")]
    [InlineData("SF", "healthy 1")]
    [InlineData("SFF", "unhealthy 2")]
    [InlineData("SFSF", "healthy 1")]
    [InlineData("SFFFS", "healthy 0")]
    [InlineData("SFFF", "unhealthy 3")]
    public void Health_follows_from_checks(string checks, string expected)
    {
        HealthPlan plan = new(["true"], TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), Retries: 2);
        ContainerHealth health = new();
        for (int i = 0; i < checks.Length; i++)
        {
            DateTimeOffset at = Start + TimeSpan.FromSeconds(i);
            health = health.After(new(at, at, checks[i] == 'S' ? 0 : 1, i.ToString(System.Globalization.CultureInfo.InvariantCulture)), plan, Start);
        }
        Assert.Equal(expected, $"{ContainerHealth.Word(health)} {health.FailingStreak}");
        Assert.Equal(Enumerable.Range(0, checks.Length).TakeLast(5).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), health.Log.Select(probe => probe.Output));
    }

    [Fact]
    public void Settings_become_a_plan()
    {
        Assert.Null(HealthPlan.Of(new()));
        Assert.Null(HealthPlan.Of(new() { Healthcheck = new() { Test = ["NONE"] } }));
        Assert.Null(HealthPlan.Of(new() { Healthcheck = new() { IntervalNanoseconds = 1000 * Millisecond } }));
        HealthPlan plan = HealthPlan.Of(new() { Healthcheck = new() { Test = ["CMD-SHELL", "a b"] }, Shell = ["/bin/ash", "-ec"] })!;
        Assert.Equal("/bin/ash -ec a b", string.Join(' ', plan.Words));
        Assert.Equal((30.0, 30.0, 0.0, 30.0, 3), (plan.Interval.TotalSeconds, plan.Timeout.TotalSeconds, plan.StartPeriod.TotalSeconds, plan.StartInterval.TotalSeconds, plan.Retries));
        plan = HealthPlan.Of(new() { Healthcheck = new() { Test = ["CMD", "x", "y"], IntervalNanoseconds = 5 * Millisecond, TimeoutNanoseconds = 6 * Millisecond, StartPeriodNanoseconds = 7 * Millisecond, StartIntervalNanoseconds = 8 * Millisecond, Retries = 9 } })!;
        Assert.Equal(("x y", 5.0, 6.0, 7.0, 8.0, 9), (string.Join(' ', plan.Words), plan.Interval.TotalMilliseconds, plan.Timeout.TotalMilliseconds, plan.StartPeriod.TotalMilliseconds, plan.StartInterval.TotalMilliseconds, plan.Retries));
    }

    [RootFact]
    public async Task What_makes_no_sense_is_refused()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        foreach ((ImageHealthcheck check, string why) in ((ImageHealthcheck, string)[])[(new() { IntervalNanoseconds = 1 }, "Interval in Healthcheck cannot be less than 1ms"), (new() { TimeoutNanoseconds = -1 }, "Timeout in"), (new() { Retries = -1 }, "Retries in")])
        {
            KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => test.CreateAsync(["true"], settings => settings with { Healthcheck = check }));
            Assert.Equal(ErrorKind.InvalidArgument, refused.Kind);
            Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        }
    }

    [RootFact]
    public async Task A_container_becomes_healthy_and_unhealthy_and_its_checks_are_remembered_until_it_ends()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sleep", "1000"], Checked("echo checked; test -e /well"));
        Assert.Equal(HealthStatus.Starting, test.Service.Get(id).State.Health!.Status);
        test.Await(id, "unhealthy", info => info.State.Health!.Status == HealthStatus.Unhealthy);
        HealthProbe probe = test.Service.Get(id).State.Health!.Log[^1];
        Assert.Equal((1, "checked\n"), (probe.ExitCode, probe.Output));
        Assert.InRange(probe.End - probe.Start, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        await test.ExecAsync(id, new() { Cmd = ["touch", "/well"] });
        test.Await(id, "healthy", info => info.State.Health is { Status: HealthStatus.Healthy, FailingStreak: 0 });
        test.Await(id, "five checks", info => info.State.Health!.Log.Count == 5);
        // What is over is not kept.
        Assert.InRange(test.Service.Get(id).ExecIds.Count, 0, 1);
        await test.Service.PauseAsync(id);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        ContainerHealth paused = test.Service.Get(id).State.Health!;
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Equal(paused.Log[^1].Start, test.Service.Get(id).State.Health!.Log[^1].Start);
        await test.Service.ResumeAsync(id);
        await test.Service.StopAsync(id, TimeSpan.Zero);
        Assert.Equal(HealthStatus.Unhealthy, test.Service.Get(id).State.Health!.Status);
        Assert.Equal(["health_status: unhealthy", "health_status: healthy"], (await test.EventsAsync(id)).Where(action => action.StartsWith("health", StringComparison.Ordinal)));
        await test.Service.StartAsync(id);
        Assert.Equal((HealthStatus.Starting, 0), (test.Service.Get(id).State.Health!.Status, test.Service.Get(id).State.Health!.Log.Count));
        Assert.Empty(test.Failures);
    }

    [RootFact]
    public async Task A_check_that_takes_too_long_or_cannot_be_run_has_failed()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string slow = await test.RunAsync(["sleep", "1000"], Checked("exec sleep 77", timeout: 100)), missing = await test.RunAsync(["sleep", "1000"], settings => Checked("x")(settings) with { Healthcheck = Checked("x")(settings).Healthcheck! with { Test = ["CMD", "/none"] } });
        test.Await(slow, "unhealthy", info => info.State.Health!.Status == HealthStatus.Unhealthy);
        Assert.Equal((-1, "Health check exceeded timeout (100ms)"), (test.Service.Get(slow).State.Health!.Log[^1].ExitCode, test.Service.Get(slow).State.Health!.Log[^1].Output));
        test.Await(missing, "unhealthy", info => info.State.Health!.Status == HealthStatus.Unhealthy);
        Assert.Contains("no such file", test.Service.Get(missing).State.Health!.Log[^1].Output, StringComparison.Ordinal);
        await test.Service.StopAsync(missing, TimeSpan.Zero);
        // No check is left behind: at most the one that runs now.
        Assert.InRange((await test.Service.TopAsync(slow, "-ef")).Rows.Count(row => row.Any(word => word.Contains("sleep 77", StringComparison.Ordinal))), 0, 1);
    }

    [RootFact]
    public async Task Output_is_cut_and_a_check_that_writes_without_end_is_ended()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sleep", "1000"], Checked("yes | head -c 3000000", timeout: 20_000)), endless = await test.RunAsync(["sleep", "1000"], Checked("exec yes", timeout: 200));
        test.Await(id, "healthy", info => info.State.Health!.Status == HealthStatus.Healthy);
        Assert.Equal(HealthPlan.OutputLimitBytes, test.Service.Get(id).State.Health!.Log[0].Output.Length);
        test.Await(endless, "unhealthy", info => info.State.Health!.Status == HealthStatus.Unhealthy);
    }

    [RootFact]
    public async Task Health_and_checks_outlive_the_engine()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sleep", "1000"], Checked("test ! -e /ill"));
        test.Await(id, "healthy", info => info.State.Health!.Status == HealthStatus.Healthy);
        await test.ReopenAsync();
        Assert.Equal(HealthStatus.Healthy, test.Service.Get(id).State.Health!.Status);
        await test.ExecAsync(id, new() { Cmd = ["touch", "/ill"] });
        test.Await(id, "unhealthy", info => info.State.Health!.Status == HealthStatus.Unhealthy);
    }

    [RootFact]
    public async Task Who_asks_for_it_is_restarted_when_unhealthy()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        // Ill on its first start alone.
        string id = await test.RunAsync(["sh", "-c", "test -e /second && rm -f /ill || touch /ill /second; exec sleep 1000"],
            settings => Checked("test ! -e /ill")(settings) with { StopSignal = "KILL", Labels = new Dictionary<string, string> { [HealthPlan.RestartLabel] = "true" } });
        int first = test.Service.Get(id).State.Pid;
        test.Await(id, "another run that is healthy", info => info.State is { Status: Status.Running, Health.Status: HealthStatus.Healthy } && info.State.Pid != first);
        while (!(await test.EventsAsync(id)).Contains("restart")) await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Empty(test.Failures);
    }

    private static Func<ContainerSettings, ContainerSettings> Checked(string script, int timeout = 10_000) => settings => settings with
    {
        Healthcheck = new() { Test = ["CMD-SHELL", script], IntervalNanoseconds = 30 * Millisecond, TimeoutNanoseconds = timeout * Millisecond, Retries = 2 },
    };
}
