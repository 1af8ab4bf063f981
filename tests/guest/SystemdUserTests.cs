using Keelson.Guest.Support;

namespace Keelson.Guest;

/// <summary>An ordinary user's containers as scopes of their own service manager, with the controllers that it delegates. Rows R9, R17, R21.</summary>
public sealed class SystemdUserTests : IDisposable
{
    private readonly SystemdRuntime systemd = new(rootless: true);

    public void Dispose() => systemd.Dispose();

    [SystemdV2Fact]
    public void A_container_is_a_scope_below_the_user_s_manager()
    {
        TestContainer container = systemd.StartSleeping();
        Assert.Equal("active", systemd.Show(container, "ActiveState"));
        Assert.Contains("/user-1000.slice/user@1000.service/", SystemdRuntime.GroupOf(container.Pid), StringComparison.Ordinal);
        container.KillAndDelete();
        Assert.Equal("not-found", systemd.Show(container, "LoadState"));
    }

    [CgroupV2Theory]
    [InlineData("memory.limit", "67108864", "memory.max", "67108864")]
    [InlineData("pids.limit", "20", "pids.max", "20")]
    [InlineData("cpu", """{"quota": 50000, "period": 100000}""", "cpu.max", "50000 100000")]
    [InlineData("cpu.cpus", "\"1\"", "cpuset.cpus", "1")]
    [InlineData("cpu.shares", "1024", "cpu.weight", "100")]
    [InlineData("unified", """{"memory.high": "50331648"}""", "memory.high", "50331648")]
    public void Limits_hold_for_a_user(string path, string json, string file, string expected)
    {
        Assert.SkipUnless(Needs.Missing(Need.Systemd) is null, "needs systemd");
        Assert.Equal(expected, SystemdRuntime.Read(systemd.StartSleeping(path, json), file));
    }

    [SystemdV2Fact]
    public void A_user_s_container_is_paused_and_its_limits_are_changed()
    {
        TestContainer container = systemd.StartSleeping();
        systemd.Runtime.Run("update", "--pids-limit", "31", container.Id).Succeeds();
        Assert.Equal("31", SystemdRuntime.Read(container, "pids.max"));
        systemd.Runtime.Run("pause", container.Id).Succeeds();
        Assert.Equal("paused", container.Status);
        systemd.Runtime.Run("resume", container.Id).Succeeds();
        Assert.Equal("in\n", container.Exec("echo", "in").Succeeds().Stdout);
    }
}
