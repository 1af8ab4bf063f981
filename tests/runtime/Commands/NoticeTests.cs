using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Tests.Commands;

/// <summary>sd_notify through <c>create</c>, <c>start</c> and <c>run</c>, as a service manager sees it.</summary>
public sealed class NoticeTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();
    private readonly FdHandle manager;
    private readonly CommandOptions underManager;

    public NoticeTests()
    {
        string path = runtime.WorkDirectory + "/manager";
        Sockets.TryListen(path, out FdHandle? socket, datagram: true).ThrowIfError("listen", path);
        manager = socket!;
        underManager = new CommandOptions { Environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path } };
    }

    public void Dispose()
    {
        manager.Dispose();
        runtime.Dispose();
    }

    [RootFact]
    public void Start_waits_until_the_program_is_ready_and_names_it_as_the_main_process()
    {
        TestContainer container = Create("read go < /gate; probe notify READY=1; sleep 1000");
        ChildProcess start = runtime.StartCommand(underManager, "start", container.Id);
        Condition.Await("running", () => container.Status == "running");
        Assert.False(Files.TryPoll([new PollEntry { Fd = manager.Fd, Events = PollEvents.POLLIN }], 0, out int ready) == Errno.None && ready > 0);

        File.WriteAllText(container.Bundle.Rootfs + "/gate", "go\n");

        Assert.Equal($"READY=1\nMAINPID={container.Pid}\n", Hear());
        Assert.Equal("BARRIER=1", Hear());
        start.WaitForEnd().Succeeds();
    }

    [RootFact]
    public void Start_ends_when_the_container_is_deleted_before_it_is_ready()
    {
        TestContainer container = Create("sleep 1000");
        ChildProcess start = runtime.StartCommand(underManager, "start", container.Id);
        Condition.Await("running", () => container.Status == "running");
        container.Delete("--force");
        start.WaitForEnd().Succeeds();
    }

    [RootFact]
    public void A_detached_run_returns_when_the_program_is_ready()
    {
        TestContainer container = runtime.Container(runtime.Bundle().Shell("probe notify READY=1; sleep 1000").WritableRoot());
        ChildProcess run = runtime.StartCommand(underManager, "run", "--detach", "--bundle", container.Bundle.Directory, container.Id);
        Assert.StartsWith("READY=1\nMAINPID=", Hear());
        Assert.Equal("BARRIER=1", Hear());
        run.WaitForEnd().Succeeds();
        container.Delete("--force");
    }

    [RootFact]
    public void A_run_in_the_foreground_stays_the_main_process_and_passes_every_notice_on()
    {
        TestContainer container = runtime.Container(runtime.Bundle().Shell("probe notify READY=1; probe notify STATUS=busy; probe notify MAINPID=1; probe notify STOPPING=1").WritableRoot());
        ChildProcess run = runtime.StartCommand(underManager, "run", "--bundle", container.Bundle.Directory, container.Id);
        Assert.Equal($"READY=1\nMAINPID={run.Pid}\n", Hear());
        Assert.Equal("STATUS=busy\n", Hear());
        Assert.Equal("STOPPING=1\n", Hear());
        run.WaitForEnd().Succeeds();
    }

    [RootFact]
    public void The_program_sees_a_socket_of_its_own_and_not_that_of_the_manager()
    {
        TestContainer container = Create("echo $NOTIFY_SOCKET; ls -l /run/notify/; probe notify READY=1");
        ChildProcess start = runtime.StartCommand(underManager, "start", container.Id);
        Hear();
        Hear();
        start.WaitForEnd().Succeeds();
        container.WaitForEnd();
        Assert.StartsWith("/run/notify/notify.sock\n", container.Output);
        Assert.Contains("srwxrwxrwx", container.Output);
    }

    [RootFact]
    public void A_container_without_a_manager_has_no_socket()
    {
        TestContainer container = runtime.Start(runtime.Bundle().Shell("echo [$NOTIFY_SOCKET]; ls /run"));
        container.WaitForEnd();
        Assert.StartsWith("[]\n", container.Output);
        Assert.DoesNotContain("notify", container.Output);
    }

    private TestContainer Create(string script)
    {
        TestContainer container = runtime.Container(runtime.Bundle().Shell(script).WritableRoot());
        Files.TryMakeNode(container.Bundle.Rootfs + "/gate", FileStatus.S_IFIFO | 0b110_000_000).ThrowIfError("mkfifo", "gate");
        container.TryCreate(underManager).Succeeds();
        return container;
    }

    /// <summary>The next notice; descriptors that come with it are closed.</summary>
    private string Hear()
    {
        Files.TryPoll([new PollEntry { Fd = manager.Fd, Events = PollEvents.POLLIN }], 10_000, out int ready).ThrowIfError("poll", "manager");
        Assert.Equal(1, ready);
        byte[] notice = new byte[4096];
        Sockets.TryReceive(manager.Fd, notice, out int count, out FdHandle[] descriptors).ThrowIfError("receive", "notice");
        foreach (FdHandle descriptor in descriptors) descriptor.Dispose();
        return Encoding.UTF8.GetString(notice, 0, count);
    }
}
