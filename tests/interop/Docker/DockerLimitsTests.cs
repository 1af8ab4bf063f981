using System.Globalization;

namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10: memory, CPU, process and other limits, their enforcement, update and stats. The files are those of cgroup v1.</summary>
public abstract class DockerLimitsTests(DockerdFixture docker)
{
    private const string Memory = "/sys/fs/cgroup/memory/memory.limit_in_bytes", Pids = "/sys/fs/cgroup/pids/pids.max",
        Quota = "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", Shares = "/sys/fs/cgroup/cpu/cpu.shares";

    [DockerFact]
    public async Task A_memory_limit_is_set() => (await docker.RunAsync(["--memory", "32m", "--memory-reservation", "16m"], "cat", Memory, "/sys/fs/cgroup/memory/memory.soft_limit_in_bytes"))
        .Prints("33554432\n16777216");

    [DockerFact]
    public async Task A_container_that_takes_more_memory_than_its_limit_is_killed_and_inspect_says_so()
    {
        await using EngineContainer container = await docker.StartAsync(["--memory", "16m"], "tail", "/dev/zero");
        Assert.Equal("137", await container.WaitAsync());
        await container.BecomesAsync("true 137", "{{.State.OOMKilled}} {{.State.ExitCode}}");
    }

    [DockerFact]
    public async Task An_out_of_memory_event_is_reported()
    {
        await using EngineContainer container = await docker.StartShellAsync(["--memory", "16m"], "tail /dev/zero; echo survived");
        await container.LogsAsync("survived");
        await Eventually.PrintsAsync("oom", () =>
            docker.CliAsync("events", "--since", "1h", "--until", "0s", "--filter", "event=oom", "--filter", $"container={container.Name}", "--format", "{{.Action}}"));
    }

    [DockerFact]
    public async Task Cpus_become_a_quota() => (await docker.RunAsync(["--cpus", "0.5"], "cat", Quota)).Prints("50000");

    [DockerFact]
    public async Task A_busy_container_is_throttled()
    {
        await using EngineContainer container = await docker.StartShellAsync(["--cpus", "0.05"], "while :; do :; done");
        await Eventually.HoldsAsync("throttling", async () =>
            (await docker.Host.RunAsync("cat", $"/sys/fs/cgroup/cpu/docker/{await container.InspectAsync("{{.Id}}")}/cpu.stat")).Succeeds().Lines
                .Any(line => line.StartsWith("nr_throttled ", StringComparison.Ordinal) && line != "nr_throttled 0"));
    }

    [DockerFact]
    public async Task Shares_and_cpusets_are_set() =>
        (await docker.ShellAsync(["--cpu-shares", "512", "--cpuset-cpus", "0", "--cpuset-mems", "0"], $"cat {Shares} /sys/fs/cgroup/cpuset/cpuset.cpus /sys/fs/cgroup/cpuset/cpuset.mems; nproc"))
            .Prints("512\n0\n0\n1");

    [DockerFact]
    public async Task A_process_limit_refuses_forks()
    {
        CommandResult run = await docker.ShellAsync(["--pids-limit", "10"], $"cat {Pids}; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 100 & done");
        run.Fails("can't fork").Wrote("10");
    }

    [DockerFact]
    public async Task Throttling_of_a_block_device_is_set() =>
        (await docker.RunAsync(["--device-read-bps", "/dev/loop0:1mb"], "cat", "/sys/fs/cgroup/blkio/blkio.throttle.read_bps_device")).Prints("7:0 1048576");

    [DockerFact]
    public async Task Update_changes_the_limits_of_a_running_container()
    {
        await using EngineContainer container = await docker.StartIdleAsync("--memory", "64m");
        await container.DoAsync("update", "--memory", "48m", "--cpus", "0.25", "--cpu-shares", "256", "--pids-limit", "20", "--cpuset-cpus", "0");
        (await container.ExecAsync("cat", Memory, Quota, Shares, Pids, "/sys/fs/cgroup/cpuset/cpuset.cpus")).Prints("50331648\n25000\n256\n20\n0");
    }

    [DockerFact]
    public async Task Update_below_the_memory_in_use_is_refused_and_changes_nothing()
    {
        await using EngineContainer container = await docker.StartShellAsync(["--memory", "64m", "--memory-swap", "64m"],
            "dd if=/dev/zero of=/dev/null bs=30M count=1 2> /dev/null; head -c 30000000 /dev/zero > /dev/shm/file; echo full; sleep 1000");
        await container.LogsAsync("full");
        CommandResult update = await docker.CliAsync("update", "--memory", "8m", container.Name);
        update.Fails("memory");
        (await container.ExecAsync("cat", Memory)).Prints("67108864");
    }

    [DockerFact]
    public async Task Stats_show_memory_processes_and_their_limits()
    {
        await using EngineContainer container = await docker.StartShellAsync(["--memory", "32m"], "sleep 1000 & sleep 1000 & wait");
        await Eventually.PrintsAsync("32MiB 3", async () =>
        {
            CommandResult stats = await docker.CliAsync("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", container.Name);
            return stats with { Stdout = stats.Text[(stats.Text.IndexOf('/', StringComparison.Ordinal) + 2)..] };
        });
    }

    [DockerFact]
    public async Task Ulimits_are_set() => (await docker.ShellAsync(["--ulimit", "nofile=100:200", "--ulimit", "core=0"], "ulimit -n; ulimit -Hn; ulimit -c")).Prints("100\n200\n0");

    [DockerFact]
    public async Task The_out_of_memory_score_is_set() => (await docker.RunAsync(["--oom-score-adj", "700"], "cat", "/proc/self/oom_score_adj")).Prints("700");

    [DockerFact]
    public async Task The_out_of_memory_killer_is_disabled() =>
        (await docker.ShellAsync(["--memory", "32m", "--oom-kill-disable"], "grep oom_kill_disable /sys/fs/cgroup/memory/memory.oom_control")).Prints("oom_kill_disable 1");

    [DockerFact]
    public async Task A_cgroup_parent_is_used()
    {
        await using EngineContainer container = await docker.StartIdleAsync("--cgroup-parent", "/parent/child", "--pids-limit", "33");
        string id = await container.InspectAsync("{{.Id}}");
        (await docker.Host.RunAsync("cat", $"/sys/fs/cgroup/pids/parent/child/{id}/pids.max")).Prints("33");
        string inside = (await container.ExecAsync("grep", ":pids:", "/proc/self/cgroup")).Succeeds().Text;
        Assert.EndsWith($"/parent/child/{id}", inside, StringComparison.Ordinal);
    }

    [DockerFact]
    public async Task A_private_cgroup_namespace_hides_the_path() =>
        (await docker.ShellAsync(["--cgroupns", "private"], "cut -d: -f3 /proc/self/cgroup | sort -u")).Prints("/");

    [DockerFact]
    public async Task The_cgroups_of_an_ended_container_are_gone()
    {
        string id;
        await using (EngineContainer container = await docker.StartIdleAsync())
        {
            id = await container.InspectAsync("{{.Id}}");
            (await docker.Host.RunAsync("sh", "-c", string.Create(CultureInfo.InvariantCulture, $"ls -d /sys/fs/cgroup/*/docker/{id} | wc -l"))).Succeeds();
        }

        CommandResult left = await docker.Host.RunAsync("sh", "-c", $"ls -d /sys/fs/cgroup/*/docker/{id}");
        Assert.Equal("", left.Stdout);
    }
}
