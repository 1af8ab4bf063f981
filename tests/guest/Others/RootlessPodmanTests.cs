namespace Keelson.Guest.Others;

/// <summary>podman of an ordinary user with our runtime: cgroups by the user's own service manager, the network by slirp4netns. Row R9.</summary>
[Collection(Podmans.Collection)]
public sealed class RootlessPodmanTests
{
    [SystemdV2Fact]
    public void A_user_s_containers_have_limits_a_network_exec_and_an_end()
    {
        // Where the program is published may be out of the user's sight.
        string folder = TestDirectory.Make("program"), runtime = folder + "/keelson-runtime";
        TestDirectory.SetMode(folder, 0b111_101_101);
        File.Copy(Repository.PublishedRuntime, runtime);
        using (Podman podman = new(runtime, isRootless: true))
        {
            Assert.Equal("systemd v2", podman.Run("info", "--format", "{{.Host.CgroupManager}} {{.Host.CgroupsVersion}}").Succeeds().Text);
            Assert.Equal("out", podman.Run("run", "--rm", "localhost/box", "echo", "out").Succeeds().Text);
            Assert.Contains("inet 10.0.2.100/24", podman.Run("run", "--rm", "localhost/box", "ip", "address", "show", "tap0").Succeeds().Stdout, StringComparison.Ordinal);

            podman.Run("run", "--detach", "--name", "limited", "--memory", "64m", "--pids-limit", "33", "localhost/box", "sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.1; done").Succeeds();
            string group = File.ReadAllText($"/proc/{podman.Pid("limited")}/cgroup").TrimEnd('\n')["0::".Length..];
            Assert.StartsWith("/user.slice/user-1000.slice/user@1000.service/", group, StringComparison.Ordinal);
            Assert.Equal("67108864\n", File.ReadAllText($"/sys/fs/cgroup{group}/memory.max"));
            Assert.Equal("33\n", File.ReadAllText($"/sys/fs/cgroup{group}/pids.max"));
            Assert.Equal("uid=0 gid=0", podman.Run("exec", "limited", "id").Succeeds().Text);

            podman.Run("stop", "--time", "60", "limited").Succeeds();
            Assert.Equal("exited 7", podman.Run("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", "limited").Succeeds().Text);
            Assert.False(Directory.Exists("/sys/fs/cgroup" + group));
        }
        TestDirectory.Remove(folder);
    }
}
