namespace Keelson.Cgroups.Tests;

/// <summary>Where this machine has no cgroup v2 controllers, a guest has them.</summary>
public class V2InGuestTests
{
    [UserModeLinuxFact]
    public void The_live_tests_of_cgroup_v2_pass_in_user_mode_linux() => UserModeLinux.RunTests("-class", "*V2LiveTests");

    [UserModeLinuxFact]
    public void A_guest_returns_output_and_status_of_its_script()
    {
        CommandResult result = UserModeLinux.Run("cat /proc/sys/kernel/osrelease; echo problem >&2; exit 7");
        Assert.Equal(7, result.ExitCode);
        Assert.StartsWith("6.", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("problem", result.Stdout, StringComparison.Ordinal);
    }
}
