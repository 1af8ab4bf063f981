using System.Text.Json.Nodes;
using Keelson.Guest.Others;

namespace Keelson.Guest;

/// <summary>SELinux that really confines: labels of processes, of their keyrings and of mounts, under the guest's own policy, and podman, which chooses labels itself. Row R28.</summary>
[Collection(Podmans.Collection)]
public sealed class SelinuxTests : IDisposable
{
    private const string Process = "system_u:system_r:container_t:s0:c1,c2", Content = "system_u:object_r:container_file_t:s0:c1,c2", Unlabelled = "system_u:object_r:file_t:s0";
    private readonly RuntimeUnderTest runtime = new();

    public SelinuxTests()
    {
        // The files that output goes into are made there.
        if (Needs.Missing(Need.Selinux) is null) Label("system_u:object_r:container_file_t:s0", Path.GetDirectoryName(runtime.WorkDirectory)!);
    }

    public void Dispose() => runtime.Dispose();

    [SelinuxFact]
    public void The_program_runs_with_its_label() => Assert.Equal(Process, Current(runtime.RunBundle(Confined("cat", "/proc/self/attr/current"))));

    [SelinuxFact]
    public void A_label_and_no_new_privileges_go_together() =>
        Assert.Equal(Process, Current(runtime.RunBundle(Confined("cat", "/proc/self/attr/current").Set("process.noNewPrivileges", true))));

    [SelinuxFact]
    public void Without_a_label_nothing_is_confined() =>
        Assert.Equal("system_u:system_r:kernel_t:s0", Current(runtime.RunBundle(runtime.Bundle("cat", "/proc/self/attr/current"))));

    [SelinuxFact]
    public void New_file_systems_have_the_label_of_mounts()
    {
        TestContainer container = runtime.Start(Confined("sleep", "1000").Mount("/tmp", "tmpfs", "tmpfs").Mount("/ram", "ramfs", "ramfs").SetJson("linux.maskedPaths", """["/sys/kernel"]"""));
        foreach (string path in (ReadOnlySpan<string>)["/dev", "/dev/null", "/dev/shm", "/dev/mqueue", "/dev/pts", "/tmp", "/ram", "/sys/kernel"])
            Assert.Equal((path, Content), (path, LabelOf($"/proc/{container.Pid}/root{path}")));
        // The kernel's own.
        foreach (string path in (ReadOnlySpan<string>)["/proc", "/sys"])
            Assert.Equal((path, Unlabelled), (path, LabelOf($"/proc/{container.Pid}/root{path}")));
    }

    [SelinuxFact]
    public void Labels_of_mounts_hold_in_a_user_namespace()
    {
        BundleBuilder bundle = Confined("sleep", "1000").Namespace("user")
            .SetJson("linux.uidMappings", """[{"containerID": 0, "hostID": 0, "size": 1000}]""").SetJson("linux.gidMappings", """[{"containerID": 0, "hostID": 0, "size": 1000}]""");
        TestContainer container = runtime.Start(bundle);
        foreach (string path in (ReadOnlySpan<string>)["/dev", "/dev/shm", "/dev/mqueue", "/dev/pts"])
            Assert.Equal((path, Content), (path, LabelOf($"/proc/{container.Pid}/root{path}")));
    }

    [SelinuxFact]
    public void What_the_policy_denies_is_denied()
    {
        string host = runtime.WorkDirectory + "/host";
        Directory.CreateDirectory(host);
        Label(Unlabelled, host);
        foreach ((string name, string label) in (ReadOnlySpan<(string, string)>)[("own", Content), ("another", Content.Replace("c1,c2", "c1,c3", StringComparison.Ordinal)), ("secret", "system_u:object_r:secret_t:s0")])
        {
            File.WriteAllText($"{host}/{name}", name + "\n");
            Label(label, $"{host}/{name}");
        }
        BundleBuilder bundle = Confined("sh", "-c", "for f in own another secret; do cat /host/$f || echo denied; done 2> /dev/null; echo x > /tmp/x && cat /tmp/x; echo x > /host/x 2> /dev/null || echo read-only")
            .Mount("/host", "bind", host, "bind", "rw").Mount("/tmp", "tmpfs", "tmpfs");
        Assert.Equal("own\ndenied\ndenied\nx\nread-only\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [SelinuxFact]
    public void Exec_keeps_the_label_and_takes_another()
    {
        TestContainer container = runtime.Start(Confined("sleep", "1000"));
        Assert.Equal(Process, Current(container.Exec("cat", "/proc/self/attr/current")));
        string other = Process.Replace("c1,c2", "c1,c2,c5", StringComparison.Ordinal);
        Assert.Equal(other, Current(container.Exec(["--process-label", other], "cat", "/proc/self/attr/current")));
    }

    [SelinuxFact]
    public void The_session_keyring_has_the_label_of_the_process()
    {
        // Otherwise the container may not even see it.
        TestContainer container = runtime.Start(Confined("sh", "-c", "cat /proc/keys; echo end; sleep 1000").SetJson("linux.maskedPaths", "[]"));
        Condition.Await("first output", () => container.Output.EndsWith("end\n", StringComparison.Ordinal));
        Assert.Contains("_ses." + container.Id, container.Output, StringComparison.Ordinal);
        Assert.Contains("_ses." + container.Id, container.Exec("cat", "/proc/keys").Succeeds().Stdout, StringComparison.Ordinal);
    }

    [SelinuxFact]
    public void A_label_that_the_policy_does_not_know_is_an_error_and_leaves_nothing()
    {
        runtime.RunBundle(runtime.Bundle("true").Set("process.selinuxLabel", "system_u:system_r:nothing_t:s0")).Fails("system_u:system_r:nothing_t:s0");
        runtime.RunBundle(runtime.Bundle("true").Set("linux.mountLabel", "system_u:object_r:nothing_t:s0")).Fails("system_u:object_r:nothing_t:s0");
        Assert.Empty(runtime.FindLeaks());
    }

    [SelinuxFact]
    public void Features_say_that_labels_work() => Assert.True((bool)JsonNode.Parse(runtime.Run("features").Succeeds().Stdout)!["linux"]!["selinux"]!["enabled"]!);

    [SelinuxFact]
    public void Containers_of_podman_are_kept_apart()
    {
        using Podman podman = new(Repository.PublishedRuntime);
        podman.Run("run", "--detach", "--name", "first", "localhost/box", "sleep", "1000").Succeeds();
        podman.Run("run", "--detach", "--name", "second", "localhost/box", "sleep", "1000").Succeeds();
        string first = Current(podman.Run("exec", "first", "cat", "/proc/self/attr/current")), second = Current(podman.Run("exec", "second", "cat", "/proc/self/attr/current"));
        Assert.Matches("^system_u:system_r:container_t:s0:c[0-9]+,c[0-9]+$", first);
        Assert.Matches("^system_u:system_r:container_t:s0:c[0-9]+,c[0-9]+$", second);
        Assert.NotEqual(first, second);
        string content = first.Replace("system_r:container_t", "object_r:container_file_t", StringComparison.Ordinal);
        foreach (string path in (ReadOnlySpan<string>)["/", "/dev/shm", "/dev/mqueue"])
            Assert.Equal((path, content), (path, LabelOf($"/proc/{podman.Pid("first")}/root{path}")));

        // A folder of the host is not theirs, until one of them is given it.
        string folder = runtime.WorkDirectory + "/volume";
        Directory.CreateDirectory(folder);
        Label(Unlabelled, folder);
        podman.Run("run", "--rm", "--volume", folder + ":/data", "localhost/box", "touch", "/data/file").Fails("Permission denied");
        podman.Run("run", "--rm", "--volume", folder + ":/data:Z", "localhost/box", "touch", "/data/file").Succeeds();
        Assert.StartsWith("system_u:object_r:container_file_t:s0:c", LabelOf(folder + "/file"), StringComparison.Ordinal);
        Assert.Equal("system_u:system_r:kernel_t:s0", Current(podman.Run("run", "--rm", "--security-opt", "label=disable", "localhost/box", "cat", "/proc/self/attr/current")));
    }

    private BundleBuilder Confined(params string[] command) => runtime.Bundle(command).Set("process.selinuxLabel", Process).Set("linux.mountLabel", Content);

    private static void Label(string label, string path) => ChildProcess.Run(["chcon", label, path]).Succeeds();

    /// <summary>procfs ends labels with a zero byte.</summary>
    private static string Current(CommandResult result) => result.Succeeds().Stdout.TrimEnd('\0', '\n');

    private static string LabelOf(string path) => ChildProcess.Run(["stat", "--format", "%C", path]).Succeeds().Text;
}
