namespace Keelson.Engine.Tests.Containers;

/// <summary>Where this machine's kernel has no quotas, a guest's has them.</summary>
public class QuotaInGuestTests
{
    [UserModeLinuxFact]
    public void The_live_tests_of_limits_pass_in_user_mode_linux() => UserModeLinux.RunTests("-class", "*QuotaLiveTests");
}
