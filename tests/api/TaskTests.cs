using System.Text.RegularExpressions;
using Containerd.Services.Tasks.V1;
using Grpc.Core;
using ContentV1 = Containerd.Services.Content.V1;

namespace Keelson.Api.Tests;

/// <summary>Tasks through the daemon, with our shim.</summary>
public class TaskTests
{
    [DaemonFact]
    public async Task A_container_of_an_image_runs_and_leaves_nothing()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        await BusyboxArchive.WriteAsync(daemon.Folder + "/busybox.tar");
        daemon.CtrHere("images", "import", daemon.Folder + "/busybox.tar").Succeeds();

        CommandResult run = daemon.CtrHere(["run", "--rm", "--runtime", TestContainers.Own, "--cgroup", $"/{TestDirectory.Name}/image", BusyboxArchive.Image, "box", .. TestContainers.Script("cat /etc/plain; touch /new; exit 5")]);

        Assert.Contains("echo never", run.Exits(5).Stdout, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(daemon.State + "/io.containerd.runtime.v2.task/" + daemon.Space));
        Assert.DoesNotContain(daemon.Folder, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.Empty(daemon.CtrHere("containers", "ls", "-q").Succeeds().Text);
    }

    [DaemonFact]
    public void Input_is_read_and_ends()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();

        CommandResult run = daemon.CtrWithInput("one\ntwo\n", ["--namespace", daemon.Space, .. TestContainers.Run(TestContainers.Own, ["--rm"], "box", TestContainers.Script("head -n 2; echo end"))]);

        Assert.Equal("one\ntwo\nend\n", run.Succeeds().Stdout);
    }

    [DaemonFact]
    public void A_task_is_attached_to_and_its_status_comes_back()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        daemon.CtrHere(TestContainers.Run(TestContainers.Own, ["--detach"], "box", TestContainers.Script("sleep 1; echo late; exit 6"))).Succeeds();

        CommandResult attach = daemon.CtrHere("tasks", "attach", "box");

        Assert.Equal("late\n", attach.Exits(6).Stdout);
        TestContainers.RemoveAll(daemon);
    }

    [DaemonFact]
    public void Figures_and_processes_are_shown()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        TestContainers.Sleep(daemon, TestContainers.Own, "one");
        TestContainers.Sleep(daemon, TestContainers.Own, "two");
        daemon.CtrHere("tasks", "exec", "--detach", "--exec-id", "e", "one", "sleep", "1000").Succeeds();

        Assert.Matches(@"^\d+ +exec_id:""?e", daemon.CtrHere("tasks", "ps", "one").Succeeds().Lines[2].Replace("&ProcessDetails{", "exec_id:", StringComparison.Ordinal).Replace("ExecID:", "", StringComparison.Ordinal));
        Assert.Contains("memory.usage_in_bytes", daemon.CtrHere("tasks", "metrics", "one").Succeeds().Stdout, StringComparison.Ordinal);
        Tasks.TasksClient client = new(daemon.Channel);
        Metadata headers = DaemonUnderTest.In(daemon.Space);
        Assert.Equal(["one", "two"], client.Metrics(new(), headers).Metrics.Select(metric => metric.Id).Order(StringComparer.Ordinal));
        Assert.Equal("two", Assert.Single(client.Metrics(new() { Filters = { "id==two" } }, headers).Metrics).Id);
        Assert.Empty(client.Metrics(new() { Filters = { "namespace==other" } }, headers).Metrics);
        TestContainers.RemoveAll(daemon);
    }

    [DaemonTheory]
    [InlineData(TestContainers.Own)]
    [InlineData(TestContainers.Runc)]
    public void Ctr_shim_reaches_the_shim_of_a_container(string runtime)
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        TestContainers.Sleep(daemon, runtime, "box");

        Assert.Matches("\"status\": \"?(2|RUNNING)", daemon.CtrHere("shim", "--id", "box", "state").Succeeds().Stdout);

        TestContainers.RemoveAll(daemon);
    }

    [DaemonFact]
    public async Task A_checkpoint_is_kept_as_content_and_a_task_goes_on_from_it()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Tasks.TasksClient client = new(daemon.Channel);
        Metadata headers = DaemonUnderTest.In(daemon.Space);
        string runtime = CheckpointingRuntime(daemon.Folder);
        TestContainers.Sleep(daemon, TestContainers.Runc, "box", "--runc-binary", runtime);

        var kept = client.Checkpoint(new() { ContainerId = "box" }, headers).Descriptors;

        Assert.Equal(["application/vnd.containerd.container.criu.checkpoint.criu.tar", "application/vnd.containerd.container.checkpoint.config.v1+proto"], kept.Select(descriptor => descriptor.MediaType));
        using (var read = new ContentV1.Content.ContentClient(daemon.Channel).Read(new() { Digest = kept[0].Digest }, headers))
        {
            Assert.True(await read.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            Assert.Contains("pages of box", read.ResponseStream.Current.Data.ToStringUtf8(), StringComparison.Ordinal);
        }
        TestContainers.Sleep(daemon, TestContainers.Runc, "again", "--runc-binary", runtime);
        daemon.CtrHere("tasks", "delete", "--force", "again").Succeeds();
        client.Create(new() { ContainerId = "again", Checkpoint = kept[0] }, headers);
        client.Start(new() { ContainerId = "again" }, headers);
        Assert.Equal("pages of box", File.ReadAllText(daemon.Folder + "/restored").Trim());
        Assert.Equal("RUNNING", TestContainers.Status(daemon, "again"));
        Assert.Empty(Directory.GetFileSystemEntries(daemon.Root + "/checkpoints"));
        TestContainers.RemoveAll(daemon);
    }

    [DaemonFact]
    public void Events_are_published_by_the_program_that_shims_call()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        using ChildProcess events = daemon.StartCtr("events");
        string[] publish = [Repository.PublishedDaemon, "--address", daemon.Address, "publish", "--topic", "/tasks/oom", "--namespace", "web"];
        // Any { type_url: "containerd.events.TaskOOM", value: TaskOOM { container_id: "box" } }
        string oom = "\n\u0019containerd.events.TaskOOM\u0012\u0005\n\u0003box";

        Condition.Await("the event", () => ChildProcess.Run(publish, new() { Input = oom }).Succeeds().ExitCode == 0 && events.Stdout.Contains("web /tasks/oom {\"container_id\":\"box\"}", StringComparison.Ordinal));

        ChildProcess.Run([.. publish[..^1], "../x"], new() { Input = oom }).Fails("namespace");
        ChildProcess.Run(publish[..^2], new() { Input = oom }).Fails("--namespace is missing");
    }

    [DaemonTheory]
    [InlineData(TestContainers.Own)]
    [InlineData(TestContainers.Runc)]
    public void Events_of_a_task_come_in_their_order(string runtime)
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        using ChildProcess events = daemon.StartCtr("events");
        int tries = 0;
        Condition.Await("ctr events", () => daemon.Ctr("namespaces", "create", $"probe{tries++}").ExitCode == 0 && events.Stdout.Contains("/namespaces/create", StringComparison.Ordinal));

        TestContainers.Sleep(daemon, runtime, "box");
        daemon.CtrHere("tasks", "exec", "--exec-id", "e", "box", "true").Succeeds();
        daemon.CtrHere("tasks", "delete", "--force", "box").Succeeds();

        Condition.Await("the last event", () => events.Stdout.Contains("/tasks/delete", StringComparison.Ordinal));
        string[] told = [.. Regex.Matches(events.Stdout, "/tasks/([a-z-]+)").Select(match => match.Groups[1].Value)];
        Assert.Equal(["create", "start", "exec-added", "exec-started", "exit", "exit", "delete"], told);
        TestContainers.RemoveAll(daemon);
    }

    /// <summary>Our runtime with <c>checkpoint</c> and <c>restore</c> of its own: CRIU does not run on every kernel.</summary>
    private static string CheckpointingRuntime(string folder)
    {
        string path = folder + "/runtime";
        File.WriteAllText(path, $$"""
            #!/bin/sh
            for word; do
              case $word in
                checkpoint|restore) command=$word ;;
              esac
              case $before in
                --image-path) images=$word ;;
                --root) root=$word ;;
                --bundle) bundle=$word ;;
                --pid-file) pidfile=$word ;;
              esac
              before=$word
            done
            case $command in
              checkpoint) echo "pages of $word" > "$images/pages" ;;
              restore)
                cp "$images/pages" {{folder}}/restored
                {{Repository.PublishedRuntime}} --root "$root" create --bundle "$bundle" --pid-file "$pidfile" "$word" && {{Repository.PublishedRuntime}} --root "$root" start "$word" ;;
              *) exec {{Repository.PublishedRuntime}} "$@" ;;
            esac
            """);
        TestDirectory.SetMode(path, 0b101_000_000);
        return path;
    }
}
