using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Guest;

/// <summary><c>checkpoint</c> and <c>restore</c> with CRIU itself. Row R35.</summary>
public sealed class CheckpointTests : IDisposable
{
    private static readonly CommandOptions Patient = new() { Limit = TimeSpan.FromMinutes(3) };
    private readonly RuntimeUnderTest runtime = new();
    private readonly string data, images;

    public CheckpointTests()
    {
        data = Directory.CreateDirectory(runtime.WorkDirectory + "/data").FullName;
        images = runtime.WorkDirectory + "/images";
    }

    public void Dispose() => runtime.Dispose();

    [CgroupV2Fact]
    public void A_saved_container_goes_on_where_it_was()
    {
        TestContainer container = StartCounting();
        Checkpoint(container);
        container.WaitForEnd();
        runtime.Run("state", container.Id).Fails("does not exist");
        int saved = Count();

        int pid = Restore(container);
        Assert.Equal("running", container.Status);
        Assert.Equal(pid, (int)container.State()["pid"]!);
        Condition.Await("the count to go on", () => Count() > saved);
        // A program that begins anew would count from 0.
        Assert.True(Count() >= saved);
        Assert.Equal("in\n", container.Exec("echo", "in").Succeeds().Stdout);
        Kill(container, pid);
    }

    [CgroupV2Fact]
    public void A_container_that_is_left_running_goes_on_beside_its_image()
    {
        TestContainer container = StartCounting();
        Checkpoint(container, "--leave-running");
        int saved = Count();
        Condition.Await("the count to go on", () => Count() > saved);
        Assert.Equal("running", container.Status);
        Assert.NotEmpty(Directory.GetFiles(images, "core-*.img"));
    }

    [CgroupV2Fact]
    public void A_dump_builds_on_a_pre_dump()
    {
        TestContainer container = StartCounting();
        Checkpoint(container, "--pre-dump");
        string earlier = images + "-earlier";
        Directory.Move(images, earlier);
        Checkpoint(container, "--parent-path", "../images-earlier");
        container.WaitForEnd();
        // How much of it is new is the kernel's to say: it takes a whole heap for changed when that has grown.
        Assert.Equal("../images-earlier", new DirectoryInfo(images + "/parent").LinkTarget);
        int saved = Count(), pid = Restore(container);
        Condition.Await("the count to go on", () => Count() > saved);
        Kill(container, pid);
    }

    [CgroupV2Fact]
    public void A_connection_lives_on_in_a_network_namespace_that_stays()
    {
        string space = $"keelson-{Environment.ProcessId}";
        ChildProcess.Run(["ip", "netns", "add", space]).Succeeds();
        try
        {
            ChildProcess.Run(["ip", "-n", space, "link", "set", "lo", "up"]).Succeeds();
            BundleBuilder bundle = Counting("(while :; do echo line; sleep 0.1; done) | nc 127.0.0.1 7000 &").Set("linux.namespaces", null)
                .Namespace("pid").Namespace("mount").Namespace("ipc").Namespace("uts").Namespace("network", $"/run/netns/{space}");
            using ChildProcess server = ChildProcess.Start(["ip", "netns", "exec", space, "sh", "-c", "sleep 1000 | busybox nc -l -p 7000"], new CommandOptions());
            Condition.Await("the server", () => ChildProcess.Run(["ip", "netns", "exec", space, "ss", "-ltn"]).Succeeds().Stdout.Contains(":7000", StringComparison.Ordinal));
            TestContainer container = runtime.Start(bundle);
            Condition.Await("lines", () => server.Stdout.Contains("line", StringComparison.Ordinal));
            Checkpoint(container, "--tcp-established");
            container.WaitForEnd();
            int seen = server.Stdout.Length, pid = Restore(container, "--tcp-established");
            Condition.Await("more lines", () => server.Stdout.Length > seen);
            Kill(container, pid);
        }
        finally
        {
            ChildProcess.Run(["ip", "netns", "delete", space]).Succeeds();
        }
    }

    [CgroupV2Fact]
    public void Memory_that_went_to_a_page_server_comes_back_with_the_images()
    {
        TestContainer container = StartCounting();
        string pages = Directory.CreateDirectory(runtime.WorkDirectory + "/pages").FullName, port = Number(LoopbackPort.Free());
        using ChildProcess server = ChildProcess.Start(["criu", "page-server", "--images-dir", pages, "--port", port], Patient);
        Condition.Await("the page server", () => ChildProcess.Run(["ss", "-ltn"]).Succeeds().Stdout.Contains($":{port} ", StringComparison.Ordinal));
        Checkpoint(container, "--page-server", "127.0.0.1:" + port);
        container.WaitForEnd();
        server.WaitForEnd(Patient.Limit).Succeeds();
        Assert.Empty(Directory.GetFiles(images, "pages-*.img"));
        foreach (string file in Directory.GetFiles(pages)) File.Move(file, images + "/" + Path.GetFileName(file));
        int saved = Count(), pid = Restore(container);
        Condition.Await("the count to go on", () => Count() > saved);
        Kill(container, pid);
    }

    [CgroupV2Fact]
    public void Memory_may_come_from_the_first_container_when_the_second_one_uses_it()
    {
        TestContainer first = StartCounting(), second = runtime.Container(Counting(""));
        string port = Number(LoopbackPort.Free());
        Files.TryPipe(out FdHandle? ready, out FdHandle? status).ThrowIfError("pipe");
        using FdHandle end = ready!;
        using ChildProcess checkpoint = runtime.StartCommand(Patient with { Descriptors = new Dictionary<int, FdHandle> { [7] = status! } },
            "checkpoint", "--image-path", images, "--work-path", runtime.WorkDirectory, "--lazy-pages", "--page-server", "127.0.0.1:" + port, "--status-fd", "7", first.Id);
        status!.Dispose();
        Files.TryRead(end.Fd, new byte[2], out int told).ThrowIfError("read", "status");
        Assert.Equal(1, told);
        int saved = Count();
        using ChildProcess pages = ChildProcess.Start(["criu", "lazy-pages", "--page-server", "--address", "127.0.0.1", "--port", port, "--images-dir", images, "--work-dir", runtime.WorkDirectory], Patient);
        Condition.Await("who hands the pages on", () => File.Exists(runtime.WorkDirectory + "/lazy-pages.socket"));

        int pid = Restore(second, "--lazy-pages");

        pages.WaitForEnd(Patient.Limit).Succeeds();
        checkpoint.WaitForEnd(Patient.Limit).Succeeds();
        first.WaitForEnd();
        runtime.Run("state", first.Id).Fails("does not exist");
        Condition.Await("the count to go on", () => Count() > saved);
        // It is in its own group, so that the end of the first one, and of its group, is not its own.
        Assert.Equal("0::" + second.Bundle.CgroupsPath, File.ReadAllText($"/proc/{pid}/cgroup").TrimEnd());
        Assert.Equal("running", second.Status);
        Kill(second, pid);
    }

    [CgroupV2Fact]
    public void A_terminal_comes_back_through_its_socket()
    {
        using ConsoleSocket socket = new(runtime.WorkDirectory);
        TestContainer container = runtime.Container(runtime.Bundle("sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done").Set("process.terminal", true));
        container.Create("--console-socket", socket.SocketPath);
        using PseudoTerminal terminal = new(socket.Receive(out _));
        container.Start();
        Assert.True(terminal.ReadUntil("\n3\r\n"));
        Checkpoint(container);
        container.WaitForEnd();

        int pid = Restore(container, "--console-socket", socket.SocketPath);

        using PseudoTerminal again = new(socket.Receive(out _));
        Assert.True(again.ReadUntil("two lines", seen => seen.Count('\n') > 1));
        Assert.True(int.Parse(again.Seen.Split("\r\n")[0], CultureInfo.InvariantCulture) > 3, again.Seen);
        Kill(container, pid);
    }

    [CgroupV2Fact]
    public void What_criu_cannot_save_is_told_and_the_container_runs_on()
    {
        // A connection that nobody said to save.
        TestContainer container = runtime.Container(Counting("sleep 1000 | nc -l -p 7001 & until netstat -tln | grep -q :7001; do sleep 0.1; done; sleep 1000 | nc 127.0.0.1 7001 &"));
        container.Create();
        ChildProcess.Run(["nsenter", "-t", container.Pid.ToString(CultureInfo.InvariantCulture), "-n", "ip", "link", "set", "lo", "up"]).Succeeds();
        container.Start();
        Condition.Await("the connection", () => container.Exec("netstat", "-tn").Stdout.Contains("ESTABLISHED", StringComparison.Ordinal));
        runtime.Run(Patient, "checkpoint", "--image-path", images, container.Id).Fails("criu");
        Assert.Equal("running", container.Status);
        int before = Count();
        Condition.Await("the count to go on", () => Count() > before);
    }

    private TestContainer StartCounting(string before = "")
    {
        TestContainer container = runtime.Start(Counting(before));
        Condition.Await("the count", () => Count() > 3);
        return container;
    }

    private BundleBuilder Counting(string before) => runtime.Bundle()
        .Shell($"exec > /dev/null 2>&1; {before} i=0; while :; do i=$((i+1)); echo $i > /data/next; mv /data/next /data/count; sleep 0.05; done").Mount("/data", "bind", data, "bind");

    private int Count() => File.Exists(data + "/count") ? int.Parse(File.ReadAllText(data + "/count"), CultureInfo.InvariantCulture) : 0;

    private void Checkpoint(TestContainer container, params ReadOnlySpan<string> options) =>
        runtime.Run(Patient, ["checkpoint", "--image-path", images, "--work-path", runtime.WorkDirectory, .. options, container.Id]).Succeeds();

    private int Restore(TestContainer container, params ReadOnlySpan<string> options)
    {
        File.Delete(container.PidFile);
        runtime.Run(Patient, ["restore", "--detach", "--image-path", images, "--work-path", runtime.WorkDirectory, "--bundle", container.Bundle.Directory, "--pid-file", container.PidFile, .. options, container.Id]).Succeeds();
        int pid = int.Parse(File.ReadAllText(container.PidFile), CultureInfo.InvariantCulture);
        runtime.Adopt(pid);
        return pid;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Kill(TestContainer container, int pid)
    {
        container.Kill();
        Condition.Await("the end", () => !File.Exists($"/proc/{pid}/stat") || File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1][0] == 'Z');
        container.Delete();
    }
}
